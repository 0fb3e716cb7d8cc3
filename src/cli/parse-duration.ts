import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 };

/**
 * Reads a length of time, e.g. `90s`, `30min`, `1h`, `2d`; a bare 0 is none.
 *
 * @returns milliseconds
 * @throws InvalidArgumentError for what is none
 */
export function parseDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?$/.exec(text.trim()) ?? [];
  const seconds = SECONDS[unit];
  if (number !== '' && seconds !== undefined) return Number(number) * seconds * 1_000;
  if (number !== '' && Number(number) === 0) return 0;
  throw new InvalidArgumentError('A length of time looks like 30min, 1h or 2d.');
}
