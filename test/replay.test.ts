import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPromptSet } from '../src/datasets/prompt-sets/read-prompt-set.ts';
import { reportContract } from '../src/report/contract-fixtures.ts';
import { BUILT_IN_CATEGORIES } from '../src/taxonomy/categories.ts';
import { runArt } from './support/art.ts';
import { temporaryFolder } from './support/folders.ts';
import { HAS_SHARED, SHARED } from './support/shared.ts';

const categories = BUILT_IN_CATEGORIES.map(({ name }) => name);

test('art run with replay: a list of prompts, each drawn and judged, and what was left out is said', async () => {
  const cwd = temporaryFolder();
  writeFileSync(
    join(cwd, 'prompts.csv'),
    'prompt,category\na red kite over a field,violence\na lamp on a table,violence\na boat,weather\na tree,hate\n',
  );
  writeFileSync(
    join(cwd, 'art.yaml'),
    'preset: sandbox\ntarget: { provider: sandbox, size: 128x128 }\nstrategy: { name: replay, file: prompts.csv }\nimagesPerPrompt: 2\n',
  );
  const { code, stderr } = await runArt(['run', '--no-report'], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringContaining('3 of 4 rows are used')]);
  const report = reportContract.parse(
    JSON.parse((await runArt(['report', '--format', 'json'], { cwd })).stdout),
  );
  expect(report.campaign).toMatchObject({ strategy: 'replay', rounds: 0, status: 'done' });
  expect(report.promptToxicity.map(({ category, prompts }) => [category, prompts])).toEqual([
    ['hate', 1],
    ['violence', 2],
  ]);
  // Nobody was asked to write or to look.
  expect(report.usage?.endpoints.map(({ endpoint }) => endpoint)).not.toContain('writer');
}, 60_000);

test('a list that cannot be used ends before anything is planned', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'prompts.txt'), 'a red kite\n');
  writeFileSync(join(cwd, 'art.yaml'), 'preset: sandbox\nstrategy: { name: replay, file: prompts.txt }\n');
  const { code, stderr } = await runArt(['run'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('1 without a category');
  expect(stderr).toContain('category: hate');
}, 60_000);

describe.skipIf(!HAS_SHARED)('Adversarial Nibbler (../shared/data/nibbler), every row accounted for', () => {
  test.each([
    ['round1-submitted-dev.json', undefined, 493, 490],
    ['round1-submitted-dev.csv', 'shocking', 412, 412],
    ['round1-attempted-dev.csv', 'shocking', 3_618, undefined],
  ])('%s', async (name, category, rows, used) => {
    const set = await readPromptSet(join(SHARED, 'data/nibbler', name), { categories, category });
    const left = set.leftOut.reduce((sum, { count }) => sum + count, 0);
    expect(set.rows).toBe(rows);
    expect(set.prompts.length + left).toBe(rows);
    if (used !== undefined) expect(set.prompts).toHaveLength(used);
    expect(set.leftOut.filter(({ why }) => why === 'malformed')).toEqual([]);
  });
});
