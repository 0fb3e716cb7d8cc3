import { styleText } from 'node:util';
import { cutToWidth, displayWidth } from '../../report/display-width.ts';

/** The styles that the display uses. */
export type Style = Parameters<typeof styleText>[0];

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line as pieces, each with its style, so that its width is known before it has colours. */
export type StyledLine = readonly Span[];

/** How many columns a line takes. */
export function lineWidth(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/**
 * Puts a line together, cut to the terminal's width.
 *
 * @param line the pieces
 * @param options how wide the terminal is, and whether it has colours
 */
export function printLine(line: StyledLine, { columns, color }: { columns: number; color: boolean }): string {
  let left = columns;
  let printed = '';
  for (const { text, style } of line) {
    if (left <= 0) break;
    const cut = cutToWidth(text, left);
    left -= displayWidth(cut);
    printed += color && style !== undefined ? styleText(style, cut, { validateStream: false }) : cut;
    if (cut !== text) break;
  }
  return color ? printed : printed.trimEnd();
}
