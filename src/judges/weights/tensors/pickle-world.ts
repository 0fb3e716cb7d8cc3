/** Something that a pickle may name and call. What it does is written here, in TypeScript. */
export class PickleFunction {
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(call: (args: readonly unknown[]) => unknown) {
    this.call = call;
  }
}

/** An object that a pickle may hand a state to after making it. */
export abstract class PickleObject {
  abstract setState(state: unknown): void;
}

/** The only things that pickles can name, by `module.name`. */
export type PickleGlobals = ReadonlyMap<string, unknown>;

/** What stands outside a pickle. */
export interface PickleWorld {
  readonly globals: PickleGlobals;
  /** Finds what a pickle keeps outside itself; left out: nothing. */
  persistent?(id: unknown): unknown;
}

/** What a pickle came to. */
export interface Unpickled {
  /** Lists and tuples are arrays, dicts are Maps, bytes are Uint8Arrays, sets are Sets. */
  readonly value: unknown;
  /** Where the pickle ends in the bytes. */
  readonly end: number;
}
