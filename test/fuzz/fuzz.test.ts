import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { afterAll, describe, expect, it } from 'vitest';
import { BOUNDARIES } from './boundaries.ts';
import { type FuzzReport, MOST_MEMORY } from './boundary.ts';
import { playInProcess } from './play-in-process.ts';
import { makeInAnotherProcess } from './prepare-store.ts';

const SEED = Number(process.env.ART_FUZZ_SEED ?? 20_261);
const TIMES = Number(process.env.ART_FUZZ_CASES ?? 1);
/** One boundary, one case: to look at what went wrong. */
const ONLY = process.env.ART_FUZZ_BOUNDARY;
const CASE = process.env.ART_FUZZ_CASE;

const boundaries = BOUNDARIES.filter(({ name }) => ONLY === undefined || name === ONLY);
const folder = mkdtempSync(join(tmpdir(), 'art-fuzz-store-'));
const store = join(folder, 'data');
makeInAnotherProcess(store);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two processes at once, for two cores. */
const queue = new PQueue({ concurrency: 2 });
const playing = new Map(
  boundaries.map(({ name, cases }) => {
    const [first, count] = CASE === undefined ? [0, Math.ceil(cases * TIMES)] : [Number(CASE), 1];
    const playThem = async () => ({ count, ...(await playInProcess(name, SEED, first, count, store)) });
    return [name, queue.add(playThem)] as const;
  }),
);

describe('hostile input', { timeout: 240_000 * Math.max(1, TIMES) }, () => {
  const reports: FuzzReport[] = [];

  it.each(boundaries)('is read or refused: $name', async ({ name }) => {
    const played = await playing.get(name);
    if (played?.report !== undefined) reports.push(played.report);
    const again = `ART_FUZZ_SEED=${SEED} ART_FUZZ_BOUNDARY=${name} ART_FUZZ_CASE=… npx vitest run test/fuzz`;
    expect(played?.problems, `play one again: ${again}`).toEqual([]);
    expect(played?.report?.played).toBe(played?.count);
    expect(played?.report?.mostMemory).toBeLessThan(MOST_MEMORY);
  });

  it.skipIf(ONLY !== undefined)('is at least 10,000 cases', () => {
    const cases = reports.reduce((sum, { played }) => sum + played, 0);
    const lines = reports.map(
      ({ boundary, played, mostMemory, seconds, outcomes }) =>
        `${boundary}: ${played} cases, ${Math.round(seconds)} s, ${Math.round(mostMemory / 1024 ** 2)} MB, ${Object.keys(outcomes).length} outcomes`,
    );
    process.stderr.write(
      `fuzz, seed ${SEED}: ${cases} cases\n${lines.map((line) => `  ${line}\n`).join('')}`,
    );
    expect(cases).toBeGreaterThanOrEqual(10_000 * Math.min(1, TIMES));
  });
});
