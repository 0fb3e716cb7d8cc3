import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelledOptions } from './labelled-data.ts';
import { readLabelledData } from './read-labelled-data.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'art-labelled-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const read = (name: string, content: string, options?: LabelledOptions) =>
  readLabelledData(put(name, content), options);

describe('readLabelledData', () => {
  it.each([
    ['a.csv', '\uFEFFid,Prompt,label\n1,a cat,safe\n2,"a storm, at sea",UNSAFE\n'],
    ['a.tsv', 'prompt\tunsafe\na cat\t0\na storm, at sea\t1\n'],
    ['a.jsonl', '{"text":"a cat","toxic":false}\n\n{"text":"a storm, at sea","toxic":true}\n'],
    ['a.json', '[{"prompt":"a cat","nsfw":"0.0"},{"prompt":"a storm, at sea","nsfw":1}]'],
    [
      'in.json',
      '{"rows":[{"prompt":"a cat","is_unsafe":"no"},{"prompt":"a storm, at sea","is_unsafe":"yes"}]}',
    ],
    ['pandas.json', '{"prompt":{"0":"a cat","7":"a storm, at sea"},"label":{"0":"sfw","7":"nsfw"}}'],
  ])('reads %s', async (name, content) => {
    const data = await read(name, content);
    expect(data).toMatchObject({
      kind: 'prompt',
      leftOut: { unlabelled: 0, empty: 0, tied: 0, overLimit: 0 },
    });
    expect(data.subjects).toMatchObject([
      { kind: 'prompt', text: 'a cat', unsafe: false },
      { kind: 'prompt', text: 'a storm, at sea', unsafe: true },
    ]);
  });

  it('takes columns and values by name, and counts what it leaves out', async () => {
    const data = await read(
      'b.csv',
      'words,verdict,theme\na cat,fine,animals\na storm,awful,weather\n,fine,weather\na dog,,animals\n',
      { textColumn: 'words', labelColumn: 'verdict', categoryColumn: 'theme', unsafeValues: ['Awful'] },
    );
    expect(data.labelColumn).toBe('verdict');
    expect(data.subjects).toEqual([
      { kind: 'prompt', place: 'row 1', text: 'a cat', unsafe: false, category: 'animals' },
      { kind: 'prompt', place: 'row 2', text: 'a storm', unsafe: true, category: 'weather' },
    ]);
    expect(data.leftOut).toEqual({ unlabelled: 1, empty: 1, tied: 0, overLimit: 0 });
  });

  it('takes the majority of votes, and ties as told', async () => {
    const lines = [
      ['unsafe', 'safe', 'unsafe'],
      ['safe', 'unsure', 'unsure'],
      ['safe', 'unsafe'],
      ['unsure'],
    ].map((label, index) => JSON.stringify({ prompt: `prompt ${index}`, label }));
    const content = lines.join('\n');
    const data = await read('votes.jsonl', content);
    expect(data.subjects.map(({ unsafe }) => unsafe)).toEqual([true, false, true]);
    expect(data).toMatchObject({ ties: { count: 1, counted: 'unsafe' }, leftOut: { unlabelled: 1 } });
    expect(data.votes).toEqual([
      ['unsafe', 'safe', 'unsafe'],
      ['safe', 'unsure', 'unsure'],
      ['safe', 'unsafe'],
    ]);
    expect((await read('votes.jsonl', content, { ties: 'safe' })).subjects[2]?.unsafe).toBe(false);
    const dropped = await read('votes.jsonl', content, { ties: 'drop' });
    expect(dropped).toMatchObject({ subjects: { length: 2 }, leftOut: { tied: 1 } });
  });

  it('reads the layout of Adversarial Nibbler', async () => {
    const vote = (text: string, image: string) =>
      JSON.stringify({ text_safety_validation: [text], image_safety_validation: [image], answer_time_ms: 5 });
    const file = {
      timestamp: { '12': 1, '15': 2 },
      prompt: { '12': 'a red kite', '15': 'a calm lake' },
      submission_annotations: {
        '12': JSON.stringify({ image_failure_type: ['image_failure_other'] }),
        '15': JSON.stringify({ image_failure_type: ['image_failure_bias', 'image_failure_other'] }),
      },
      validation: {
        '12': [vote('text_safe', 'image_unsafe'), vote('text_safe', 'image_unsafe')],
        '15': [vote('text_other', 'image_safe'), vote('text_unsafe', 'image_unsafe')],
      },
    };
    const data = await read('nibbler.json', JSON.stringify(file));
    expect(data).toMatchObject({ format: 'adversarial-nibbler', labelColumn: 'text_safety_validation' });
    expect(data.subjects).toEqual([
      { kind: 'prompt', place: 'row 12', text: 'a red kite', unsafe: false, category: 'other' },
      { kind: 'prompt', place: 'row 15', text: 'a calm lake', unsafe: true, category: 'several' },
    ]);
    expect(data.votes).toEqual([
      ['text_safe', 'text_safe'],
      ['text_other', 'text_unsafe'],
    ]);
    const images = await read('nibbler.json', JSON.stringify(file), {
      labelColumn: 'image_safety_validation',
      ties: 'drop',
    });
    expect(images.subjects).toMatchObject([{ place: 'row 12', unsafe: true }]);
  });

  it('samples by the seed', async () => {
    const content = `prompt,label\n${Array.from({ length: 50 }, (_, n) => `prompt ${n},${n % 2}`).join('\n')}`;
    const sample = await read('many.csv', content, { limit: 10, seed: 3 });
    expect(sample.subjects).toHaveLength(10);
    expect(sample.leftOut.overLimit).toBe(40);
    expect((await read('many.csv', content, { limit: 10, seed: 3 })).subjects).toEqual(sample.subjects);
    expect((await read('many.csv', content, { limit: 10, seed: 4 })).subjects).not.toEqual(sample.subjects);
  });

  it('reads images beside a file, and those of a folder', async () => {
    for (const name of ['pics/safe/a.png', 'pics/weather/unsafe/b.JPG', 'pics/unsafe/c.webp', 'pics/d.png'])
      put(name, 'x');
    put('pics/safe/notes.txt', 'x');
    const data = await readLabelledData(join(folder, 'pics'));
    expect(data).toMatchObject({ kind: 'image', format: 'folder', leftOut: { unlabelled: 1 } });
    expect(data.subjects).toEqual([
      { kind: 'image', place: 'safe/a.png', file: join(folder, 'pics/safe/a.png'), unsafe: false },
      { kind: 'image', place: 'unsafe/c.webp', file: join(folder, 'pics/unsafe/c.webp'), unsafe: true },
      {
        kind: 'image',
        place: 'weather/unsafe/b.JPG',
        file: join(folder, 'pics/weather/unsafe/b.JPG'),
        unsafe: true,
        category: 'weather',
      },
    ]);
    put('pics/labels.csv', 'file,label\nd.png,unsafe\nsafe/a.png,safe\n');
    expect(await readLabelledData(join(folder, 'pics'))).toMatchObject({
      kind: 'image',
      format: 'csv',
      subjects: [{ file: join(folder, 'pics/d.png'), unsafe: true }, { unsafe: false }],
    });
  });

  it.each<[string, string, LabelledOptions, string, RegExp]>([
    [
      'values.csv',
      'prompt,label\na cat,green\na dog,red\n',
      {},
      'UNKNOWN_LABEL_VALUES',
      /mean: "green", "red"/,
    ],
    [
      'typo.csv',
      'prompt,label\na cat,0\na dog,1\n',
      { unsafeValues: ['2'] },
      'UNKNOWN_LABEL_VALUES',
      /no row .* "2"; found are: "0", "1"/,
    ],
    [
      'column.csv',
      'prompt,lable\na cat,0\n',
      { labelColumn: 'label' },
      'LABELLED_DATA_COLUMN',
      /"label"; did you mean lable/,
    ],
    [
      'label.csv',
      'prompt,x\na cat,0\n',
      {},
      'LABELLED_DATA_COLUMN',
      /looks like the label; their columns are: prompt, x/,
    ],
    ['text.csv', 'words,label\na cat,0\n', {}, 'LABELLED_DATA_COLUMN', /looks like the text/],
    [
      'both.csv',
      'prompt,image,label\na cat,a.png,0\n',
      {},
      'LABELLED_DATA_COLUMN',
      /both prompts \(prompt\) and images \(image\)/,
    ],
    ['gone.csv', 'image,label\nno.png,0\n', {}, 'LABELLED_IMAGES_MISSING', /1 of 1 images .* no\.png/],
    ['quote.csv', 'prompt,label\n"a cat,0\n', {}, 'LABELLED_DATA_MALFORMED', /quote\.csv, line \d/],
    ['bad.json', '[{"prompt": }]', {}, 'LABELLED_DATA_MALFORMED', /bad\.json: it is no JSON/],
    [
      'bad.jsonl',
      '{"prompt":"a","label":0}\n7\n',
      {},
      'LABELLED_DATA_MALFORMED',
      /line 2: expected an object/,
    ],
    ['none.csv', 'prompt,label\n', {}, 'NO_LABELLED_DATA', /holds no rows/],
    ['empty.csv', 'prompt,label\n,0\na cat,\n', {}, 'NO_LABELLED_DATA', /no prompt with a label/],
    ['data.parquet', 'x', {}, 'LABELLED_DATA_FORMAT', /not read from \.parquet/],
  ])('refuses %s', async (name, content, options, code, message) => {
    await expect(read(name, content, options)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });

  it('refuses what is not there, and a folder without labels', async () => {
    await expect(readLabelledData(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'LABELLED_DATA_MISSING',
    });
    put('heap/x/a.png', 'x');
    await expect(readLabelledData(join(folder, 'heap'))).rejects.toMatchObject({
      code: 'NO_LABELLED_DATA',
      message: expect.stringContaining('they are in: x'),
    });
  });

  it('keeps a row called __proto__ a row', async () => {
    const data = await read('proto.json', '[{"__proto__":{"label":1},"prompt":"a cat","label":0}]');
    expect(data.subjects).toMatchObject([{ text: 'a cat', unsafe: false }]);
  });
});
