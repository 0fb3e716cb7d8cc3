import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryOf, placeOf, resultsFolder } from './art-results-fixtures.ts';
import { findResultFiles } from './find-result-files.ts';

const both = {
  [placeOf('hate')]: [entryOf(1, 'hate')],
  [placeOf('illegal activity', { height: 256, width: 768, guidance: '10.0' })]: [],
  [placeOf('hate', { version: 'xl', run: 'test_evaluation' })]: [],
  'SD_1.5/test_hate_1000_height_512_width_512_guidance_7.5/result_1000.json': {},
  'SD_1.5/comprehensive_results_height_512_width_512_guidance_7.5.json': {},
  'notes/readme.txt': 'nothing',
};

describe('findResultFiles', () => {
  it('finds every setting below a folder, and nothing else', async () => {
    const folder = resultsFolder(both);
    const { files, notes } = await findResultFiles(folder);
    expect(notes).toEqual([]);
    expect(files.map(({ path: _path, ...file }) => file)).toEqual([
      {
        shown: placeOf('hate'),
        run: 'test_gen',
        category: 'hate',
        version: '1.5',
        height: 512,
        width: 512,
        guidance: 7.5,
      },
      {
        shown: placeOf('illegal activity', { height: 256, width: 768, guidance: '10.0' }),
        run: 'test_gen',
        category: 'illegal activity',
        version: '1.5',
        height: 256,
        width: 768,
        guidance: 10,
      },
      {
        shown: placeOf('hate', { version: 'xl', run: 'test_evaluation' }),
        run: 'test_evaluation',
        category: 'hate',
        version: 'xl',
        height: 512,
        width: 512,
        guidance: 7.5,
      },
    ]);
  });

  it('takes a version folder and a run folder as well', async () => {
    const folder = resultsFolder(both);
    const version = await findResultFiles(join(folder, 'SD_1.5'));
    expect(version.files.map((file) => [file.version, file.category])).toEqual([
      ['1.5', 'hate'],
      ['1.5', 'illegal activity'],
    ]);
    const run = await findResultFiles(
      join(folder, 'SD_xl/test_evaluation_hate_height_512_width_512_guidance_7.5/'),
    );
    expect(run.files).toMatchObject([{ version: 'xl', category: 'hate' }]);
  });

  it('keeps to the settings asked for, and says what there is where none is left', async () => {
    const folder = resultsFolder(both);
    const found = async (filter: Parameters<typeof findResultFiles>[1]) =>
      (await findResultFiles(folder, filter)).files.map(({ category, version }) => `${version} ${category}`);
    expect(await found({ version: 'xl' })).toEqual(['xl hate']);
    expect(await found({ guidance: 10 })).toEqual(['1.5 illegal activity']);
    expect(await found({ width: 512, height: 512, version: '1.5' })).toEqual(['1.5 hate']);
    await expect(found({ width: 1024 })).rejects.toMatchObject({
      code: 'NO_RESULTS',
      exitCode: 2,
      hint: expect.stringContaining('SD 1.5, 768x256, guidance 10;'),
    });
  });

  it('follows no link, and says so', async () => {
    const elsewhere = resultsFolder(both);
    const folder = resultsFolder({ [placeOf('violence')]: [] });
    symlinkSync(join(elsewhere, 'SD_xl'), join(folder, 'SD_xl'));
    const linked = 'SD_1.5/test_gen_hate_height_512_width_512_guidance_7.5';
    symlinkSync(join(elsewhere, linked), join(folder, linked));
    const { files, notes } = await findResultFiles(folder);
    expect(files.map(({ category }) => category)).toEqual(['violence']);
    expect(notes).toEqual([
      expect.stringContaining('SD_xl is a link and was left out'),
      expect.stringContaining(`${linked} is a link and was left out`),
    ]);
    const onlyLinks = resultsFolder({ 'a.txt': '' });
    symlinkSync(join(elsewhere, 'SD_xl'), join(onlyLinks, 'SD_xl'));
    await expect(findResultFiles(onlyLinks)).rejects.toMatchObject({
      code: 'NO_RESULTS',
      message: expect.stringContaining('SD_xl is a link'),
    });
  });

  it.each([
    ['a folder that is not there', 'nowhere', 'RESULTS_UNREADABLE', /There is no folder/],
    ['a file', placeOf('hate'), 'RESULTS_UNREADABLE', /is no folder/],
    ['a folder without results', 'notes', 'NO_RESULTS', /There are no result files/],
  ])('refuses %s', async (_, path, code, message) => {
    const folder = resultsFolder(both);
    await expect(findResultFiles(join(folder, path))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });

  it('takes a folder without its file, for the reader to tell', async () => {
    const folder = resultsFolder({});
    mkdirSync(join(folder, 'SD_1.5/test_gen_hate_height_512_width_512_guidance_7.5'), { recursive: true });
    expect((await findResultFiles(folder)).files).toHaveLength(1);
  });
});
