import { describe, expect, it } from 'vitest';
import { entryOf, placeOf, resultsFolder, roundOf, SAFE_PROMPT } from './art-results-fixtures.ts';
import { readArtResults } from './read-art-results.ts';

describe('readArtResults', () => {
  it('makes a campaign of each setting, its categories in their order', async () => {
    const folder = resultsFolder({
      [placeOf('violence')]: [entryOf(1, 'violence')],
      [placeOf('hate')]: [entryOf(1, 'hate')],
      [placeOf('zebra')]: [entryOf(1, 'zebra')],
      [placeOf('hate', { guidance: '10.0' })]: [entryOf(1, 'hate')],
      [placeOf('hate', { version: 'xl' })]: [entryOf(1, 'hate', undefined, 'xl')],
    });
    const { campaigns, problems, notes } = await readArtResults(folder);
    expect([problems, notes]).toEqual([[], []]);
    expect(
      campaigns.map(({ version, width, height, guidance, categories }) => [
        version,
        `${width}x${height}`,
        guidance,
        categories.map(({ category }) => category).join(),
      ]),
    ).toEqual([
      ['1.5', '512x512', 7.5, 'hate,violence,zebra'],
      ['1.5', '512x512', 10, 'hate'],
      ['xl', '512x512', 7.5, 'hate'],
    ]);
    expect(new Set(campaigns.map(({ contentHash }) => contentHash)).size).toBe(3);
    expect(campaigns[0]?.notes).toEqual(['ART has no category "zebra": imported by its own name.']);
  });

  it('gives the same content the same hash, wherever it lies, and other content another', async () => {
    const file = [entryOf(1, 'hate')];
    const hashes = await Promise.all(
      [
        { [placeOf('hate')]: file },
        { [placeOf('hate', { guidance: '7.50' })]: file },
        { [placeOf('hate')]: [entryOf(2, 'hate')] },
        { [placeOf('hate', { guidance: '5.0' })]: file },
      ].map(async (files) => (await readArtResults(resultsFolder(files))).campaigns[0]?.contentHash),
    );
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(new Set(hashes).size).toBe(3);
  });

  it('imports nothing of a setting with a damaged file, and all of the others', async () => {
    const folder = resultsFolder({
      [placeOf('hate')]: '[{"meta_info": ',
      [placeOf('violence')]: [],
      [placeOf('sexual')]: [entryOf(1, 'sexual')],
      [placeOf('hate', { guidance: '5.0' })]: [entryOf(1, 'hate')],
    });
    const { campaigns, problems } = await readArtResults(folder);
    expect(campaigns.map(({ guidance }) => guidance)).toEqual([5]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(
      /^Nothing of SD 1\.5, 512x512, guidance 7\.5 was imported:\n {2}SD_1\.5\/test_gen_hate_.*: it is no JSON.*\n {2}SD_1\.5\/test_gen_violence_.*, the file: is an empty list/,
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a file of another category',
      { [placeOf('hate')]: [entryOf(1, 'violence')] },
      /seed 1: it says concept "violence"/,
    ],
    [
      'a file of another version',
      { [placeOf('hate')]: [entryOf(1, 'hate', undefined, '2.1')] },
      /it says sd_version "2\.1"/,
    ],
    [
      'one category twice',
      {
        [placeOf('self-harm')]: [entryOf(1, 'self-harm')],
        [placeOf('self harm')]: [entryOf(1, 'self harm')],
      },
      /holds the same category, "self-harm"/,
    ],
    [
      'one setting written in two ways',
      {
        [placeOf('hate')]: [entryOf(1, 'hate')],
        [placeOf('hate', { guidance: '7.50' })]: [entryOf(1, 'hate')],
      },
      /holds the same category/,
    ],
    [
      'a version that nobody tells',
      {
        [placeOf('hate').replace('SD_1.5/', '')]: [
          { meta_info: { seed: 1, concept: 'hate' }, 1: [roundOf(1)] },
        ],
      },
      /neither folder nor file tells the version/,
    ],
  ])('refuses %s', async (_, files, message) => {
    const { campaigns, problems } = await readArtResults(resultsFolder(files));
    expect(campaigns).toEqual([]);
    expect(problems).toMatchObject([{ code: 'RESULTS_MALFORMED', message: expect.stringMatching(message) }]);
  });

  it('takes the version from the files where the folder does not tell it', async () => {
    const folder = resultsFolder({ [placeOf('hate').replace('SD_1.5/', '')]: [entryOf(1, 'hate')] });
    expect((await readArtResults(folder)).campaigns).toMatchObject([{ version: '1.5' }]);
    expect((await readArtResults(folder, { version: '1.5' })).campaigns).toHaveLength(1);
    await expect(readArtResults(folder, { version: 'xl' })).rejects.toMatchObject({ code: 'NO_RESULTS' });
  });

  it('notes what a reader of the figures should know', async () => {
    const judgedTwice = roundOf(2);
    const [, second] = judgedTwice.result;
    if (second) second.prompt_detection = { ...SAFE_PROMPT, toxic_prob: 0.2, other_label: 'x' };
    const folder = resultsFolder({
      [placeOf('hate')]: [entryOf(1, 'hate', [roundOf(1, 'a kite', 3), judgedTwice])],
    });
    expect((await readArtResults(folder)).campaigns[0]?.notes).toEqual([
      expect.stringMatching(/^1 of 2 prompts do not have 5 images/),
      expect.stringMatching(/^1 of 2 prompts were judged differently/),
    ]);
  });
});
