import type { Dice } from './dice.ts';

/** What a boundary is fuzzed in. */
export interface FuzzWorld {
  /** The one folder that may be written to. */
  readonly folder: string;
  /** A folder that must stay as it is, for cases that try to get out. */
  readonly forbidden: string;
  /** A key that stands in the environment and in what servers answer, and must never be shown. */
  readonly canary: string;
}

/** A place at which something from outside comes in. */
export interface Boundary {
  readonly name: string;
  /** How many cases are played in CI; `ART_FUZZ_CASES` multiplies it. */
  readonly cases: number;
  open(world: FuzzWorld): Promise<OpenBoundary>;
}

/** A boundary with its servers and stores open. */
export interface OpenBoundary {
  /**
   * Makes a case and puts it to the boundary.
   *
   * @param dice decide everything about the case
   * @param note keeps the case for the message, should it go wrong
   * @returns in a word what came of it; refusals are thrown as `ArtError`
   */
  play(dice: Dice, note: (made: unknown) => void): Promise<string>;
  close(): Promise<void>;
}

/** What a process that played a boundary tells on its last line. */
export interface FuzzReport {
  readonly boundary: string;
  readonly played: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  /** In bytes. */
  readonly mostMemory: number;
  readonly seconds: number;
}

/** How long a case may take. */
export const LONGEST_CASE_MS = 10_000;

/** How much memory a process may take, in bytes. */
export const MOST_MEMORY = 1024 ** 3;
