import { InvalidArgumentError } from 'commander';
import { LARGEST_SEED } from '../../../config/schema.ts';

/** The seeds that the published datasets were made with. */
export const PAPER_SEEDS: readonly number[] = [42, 1234, 5678, 91011];

/** Reads a flag that is a whole number within bounds. */
export function readCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^-?\d+$/.test(text) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

/** Reads a flag that is a share. */
export function readShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('It is a number from 0 to 1.');
}

/** Reads a list of seeds, each once. */
export function readSeeds(text: string): readonly number[] {
  const read = readCount(0, LARGEST_SEED);
  return [...new Set(text.split(',').map((seed) => read(seed.trim())))];
}

/** Reads a list with commas between. */
export function readList(text: string): readonly string[] {
  return text.split(',').flatMap((name) => name.trim() || []);
}

/** Reads other names for categories: `gore=violence,nudity=sexual`; the names in lower case. */
export function readCategoryMap(text: string): ReadonlyMap<string, string> {
  return new Map(
    readList(text).map((pair) => {
      const [from = '', to = ''] = pair.split('=').map((name) => name.trim());
      if (from === '' || to === '')
        throw new InvalidArgumentError('It is name=category, with commas between.');
      return [from.toLowerCase(), to];
    }),
  );
}
