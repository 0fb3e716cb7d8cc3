import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  entryOf,
  placeOf,
  resultsFolder,
  roundOf,
  SAFE_IMAGE,
  SAFE_PROMPT,
} from '../src/datasets/art-results/art-results-fixtures.ts';
import { reportContract } from '../src/report/contract-fixtures.ts';
import { runArt } from './support/art.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';

import { HAS_SHARED, SHARED } from './support/shared.ts';

const importedSchema = z.looseObject({
  event: z.enum(['imported', 'already imported']),
  campaign: z.object({ id: z.string(), name: z.string() }),
  setting: z.string(),
  prompts: z.int(),
  images: z.int(),
  erroredPrompts: z.int(),
  erroredImages: z.int(),
  notes: z.array(z.string()),
});

/** Imports a folder by the command line, with `--json`. */
async function importJson(cwd: string, args: readonly string[]) {
  const { code, stdout, stderr } = await runArt(['import', 'art-results', ...args, '--json'], { cwd });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code, stderr, imported: lines.map((line) => importedSchema.parse(JSON.parse(line))) };
}

/** The judges in the order of the published code's columns, by its keys and by our names. */
const PROMPT_KEYS = {
  toxic_label: 'td',
  nsfw_label: 'nsfw-p',
  bias_label: 'tcd',
  llama_guard_2_label: 'llama-guard',
} as const;
const IMAGE_KEYS = {
  q16_label: 'q16',
  nsfw_label: 'nsfw-i-1',
  nsfw_label2: 'nsfw-i-2',
  multi_head_label: 'mhsc',
  safety_filter_label: 'sf',
  clip_ft_label: 'q16-ft',
} as const;

/** The figures of a campaign as `art report` tells them, with the names that the published ones have. */
async function publishedFigures(cwd: string, campaignId: string) {
  const args = ['report', campaignId, '--errors', 'as-published', '--format', 'json'];
  const { promptToxicity: prompts, imageToxicity: images } = reportContract.parse(
    JSON.parse((await runArt(args, { cwd })).stdout),
  );
  const keyed = (keys: Readonly<Record<string, string>>, flagged: Readonly<Record<string, number>> = {}) =>
    Object.fromEntries(Object.entries(keys).map(([key, judge]) => [key, flagged[judge]]));
  return {
    totals: prompts.map((row) => row.prompts),
    undetermined: [...prompts, ...images].reduce((sum, row) => sum + row.undetermined, 0),
    categories: Object.fromEntries(
      prompts.map((row, index) => [
        row.category,
        {
          promptJudgeTriggers: keyed(PROMPT_KEYS, row.flagged),
          imageJudgeTriggers: keyed(IMAGE_KEYS, images[index]?.flagged),
          safePrompts: row.safe,
          safePromptPercent: row.safePercent,
          unsafePrompts: images[index]?.unsafePrompts,
          averageTriggers: images[index]?.averageFlags,
          successPercent: images[index]?.successPercent,
        },
      ]),
    ),
  };
}

const expectedSchema = z.object({
  totalPromptsPerCategory: z.number(),
  categories: z.record(z.string(), z.unknown()),
});

/** Imports results and compares every figure of theirs with those that lie beside them. */
async function expectPublishedFigures(folder: string, counts: Record<string, number>): Promise<void> {
  const cwd = temporaryFolder();
  await putDataFolder(join(cwd, 'art-data'));
  const { code, stderr, imported } = await importJson(cwd, [folder, '--sd', '1.5']);
  expect([code, stderr]).toEqual([0, '']);
  expect(imported).toMatchObject([{ event: 'imported', notes: [], ...counts }]);
  const expected = expectedSchema.parse(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')));
  const figures = await publishedFigures(cwd, imported[0]?.campaign.id ?? '');
  expect(figures.categories).toEqual(expected.categories);
  expect(figures.totals).toEqual(
    Object.keys(expected.categories).map(() => expected.totalPromptsPerCategory),
  );
  expect(figures.undetermined).toBe(0);
}

describe.skipIf(!HAS_SHARED)(
  'the figures of the published code (../shared/parity), imported and read back',
  () => {
    test.each([
      ['clean', 0, 0],
      ['with-errors', 8, 39],
    ])('%s: every one of them, exactly', async (set, erroredPrompts, erroredImages) => {
      const counts = { prompts: 168, images: 840, erroredPrompts, erroredImages };
      await expectPublishedFigures(join(SHARED, 'parity', set), counts);
    });
  },
);

test('figures that tools/fixtures/art-results.py counts by the published rule: every one of them, exactly', async () => {
  await expectPublishedFigures(join(import.meta.dirname, 'fixtures/art-results'), {
    prompts: 48,
    images: 240,
  });
});

/** Two prompts; one crashed, one harmless with an image that two judges flag and one whose judges crashed. */
function smallResults(guidance = '7.5'): Record<string, unknown> {
  const crashed = roundOf(1, 'a ladder by a wall');
  for (const image of crashed.result) image.prompt_detection = 'Error';
  const found = roundOf(2, 'a red kite over a field');
  const [first, second] = found.result;
  if (first)
    first.img_detection = { ...SAFE_IMAGE, q16_label: 'inappropriate', q16_prob: 0.9, nsfw_label: 'nsfw' };
  if (second) second.img_detection = 'Error';
  return { [placeOf('hate', { guidance })]: [entryOf(1000, 'hate', [crashed, found])] };
}

describe('art import art-results', () => {
  test('tells what was imported and what to do next; again, that it is there', async () => {
    const cwd = temporaryFolder();
    await putDataFolder(join(cwd, 'art-data'));
    const folder = resultsFolder(smallResults());
    const first = await runArt(['import', 'art-results', folder], { cwd });
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^Imported SD 1\.5, 512x512, guidance 7\.5 as sd1\.5-512x512-7\.5 \(imported-[0-9a-f]{10}\)\.\n {2}categories {5}1\n {2}conversations {2}1\n {2}prompts {8}2 \(1 with errors of judges\)\n {2}images {9}10 \(1 with errors of judges\)\n$/,
    );
    expect(first.stderr).toMatch(
      /^Look at it with:\n {2}art report imported-\w+\n {2}art report imported-\w+ --errors as-published\n$/,
    );
    const again = await runArt(['import', 'art-results', folder, '--name', 'other'], { cwd });
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('is there already, as sd1.5-512x512-7.5 (imported-');
    expect(again.stdout).toContain('Nothing was changed: ');

    const status = await runArt(['status', '--json'], { cwd });
    expect(status.stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(status.stdout)).toMatchObject({
      name: 'sd1.5-512x512-7.5',
      status: 'done',
      counts: { turns: 2, evaluationImages: { expected: 10, drawn: 10 } },
    });
    const report = await runArt(['report', '--format', 'json'], { cwd });
    expect(JSON.parse(report.stdout)).toMatchObject({
      campaign: { target: { provider: 'imported', guidance: 7.5 }, simulated: false, status: 'done' },
      promptToxicity: [{ category: 'hate', prompts: 2, safe: 1, undetermined: 1, errors: { td: 1 } }],
      imageToxicity: [
        {
          images: 5,
          undetermined: 1,
          unsafePrompts: 1,
          successPercent: 100,
          averageFlags: 2,
          flagged: { q16: 1, 'nsfw-i-1': 1, sf: 0 },
          errors: { sf: 1 },
        },
      ],
      findings: [{ prompt: 'a red kite over a field', round: 1, flags: 2 }],
    });
  });

  test('makes a campaign of every setting, or of those asked for', async () => {
    const cwd = temporaryFolder();
    await putDataFolder(join(cwd, 'art-data'));
    const folder = resultsFolder({
      ...smallResults(),
      ...smallResults('10.0'),
      [placeOf('violence', { version: 'xl', height: 1024, width: 768 })]: [
        entryOf(1, 'violence', undefined, 'xl'),
      ],
    });
    const one = await importJson(cwd, [
      folder,
      '--guidance',
      '10',
      '--sd',
      'SD_1.5',
      '--height',
      '512',
      '--width',
      '512',
      '--name',
      'ten',
    ]);
    expect(one.imported.map(({ campaign, setting }) => [campaign.name, setting])).toEqual([
      ['ten', 'SD 1.5, 512x512, guidance 10'],
    ]);
    const all = await importJson(cwd, [folder, '--name', 'paper']);
    expect(all.imported.map(({ event, campaign }) => [event, campaign.name])).toEqual([
      ['imported', 'paper sd1.5-512x512-7.5'],
      ['already imported', 'ten'],
      ['imported', 'paper sdxl-768x1024-7.5'],
    ]);
    expect(new Set(all.imported.map(({ campaign }) => campaign.id)).size).toBe(3);
  });

  test('imports the sound settings, tells of the damaged ones, and ends with 2', async () => {
    const cwd = temporaryFolder();
    await putDataFolder(join(cwd, 'art-data'));
    const folder = resultsFolder({
      ...smallResults(),
      [placeOf('violence', { guidance: '5.0' })]: JSON.stringify([entryOf(1, 'violence')]).slice(0, 900),
      [placeOf('hate', { guidance: '2.5' })]: [
        entryOf(1, 'hate', [
          { round: 1, result: [{ current_prompt: 'a kite', prompt_detection: SAFE_PROMPT }] },
        ]),
      ],
    });
    symlinkSync('/etc', join(folder, 'SD_9'));
    const { code, stdout, stderr } = await runArt(['import', 'art-results', folder], { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Imported SD 1\.5, 512x512, guidance 7\.5 /);
    expect(stderr).toContain('note: SD_9 is a link and was left out');
    expect(stderr.match(/error: /g)).toHaveLength(1);
    expect(stderr).toMatch(
      /error: Nothing of SD 1\.5, 512x512, guidance 2\.5 was imported:\n\s+SD_1\.5\/test_gen_hate_.*entry 1 \(seed 1\), item 1, image 1: img_detection/,
    );
    expect(stderr).toMatch(
      /Nothing of SD 1\.5, 512x512, guidance 5 was imported:\n\s+SD_1\.5\/test_gen_violence_.*it is no JSON/,
    );
    expect(stderr).toContain('   do: ');
  });

  test.each([
    [['import'], "missing required argument 'file'"],
    [['import', 'art-results'], "missing required argument 'dir'"],
    [['import', 'art-results', 'nowhere'], 'There is no folder nowhere'],
    [['import', 'art-results', '.'], 'There are no result files in .'],
    [['import', 'art-results', '.', '--width', '0'], 'Give a number of pixels'],
  ])('art %j is wrong usage and leaves nothing behind', async (args, message) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await runArt(args, { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('prints nothing of what a file says that a terminal would obey', async () => {
    const cwd = temporaryFolder();
    const evil = 'a\u001b[31mb\u202ec';
    const folder = resultsFolder({
      [placeOf('hate')]: [{ meta_info: { seed: 1, concept: evil }, 1: [roundOf(1)] }],
      [placeOf(evil, { guidance: '5.0' })]: [entryOf(1, evil, [{ round: 1, result: evil }])],
    });
    const { code, stderr } = await runArt(['import', 'art-results', folder], { cwd });
    expect(code).toBe(2);
    expect(['\u001b', '\u202e'].filter((character) => stderr.includes(character))).toEqual([]);
  });
});
