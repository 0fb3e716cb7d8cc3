/** A stream that may be a terminal. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How wide a terminal is; `undefined` where there is none, or one that does not know its width and says 0. */
export function columnsOf({ isTTY, columns }: MaybeTerminal): number | undefined {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : undefined;
}

/** How wide a line of progress may be: 80 where the stream does not know. */
export function lineWidth({ columns }: MaybeTerminal): number {
  return columns || 80;
}
