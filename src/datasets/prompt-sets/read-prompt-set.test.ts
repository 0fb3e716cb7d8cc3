import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PromptSetOptions, promptSetNotes, readPromptSet } from './read-prompt-set.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'art-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const CATEGORIES = ['hate', 'violence', 'sexual', 'shocking', 'illegal activity'];

async function read(name: string, text: string | Buffer, options: Partial<PromptSetOptions> = {}) {
  const file = join(folder, name);
  await writeFile(file, text);
  return await readPromptSet(file, { categories: CATEGORIES, ...options });
}

describe('readPromptSet', () => {
  test('CSV with a byte-order mark, pandas’ index and line breaks in quotes; a malformed row is told of', async () => {
    const csv =
      '\uFEFF,prompt,category\n0,"a red\nkite",Violence\n1,"broken" row,hate\n2,,hate\n3,a lamp,weather\n4,a boat,hate\n';
    const set = await read('prompts.csv', csv);
    expect(set.prompts).toEqual([
      { prompt: 'a red kite', category: 'violence' },
      { prompt: 'a boat', category: 'hate' },
    ]);
    expect(set.rows).toBe(5);
    expect(set.leftOut).toEqual([
      { why: 'malformed', count: 1, first: expect.stringContaining('line 4') },
      { why: 'empty', count: 1, first: 'line 5' },
      { why: 'of other categories', count: 1, first: 'line 6' },
    ]);
    expect(promptSetNotes('prompts.csv', set)[0]).toContain('2 of 5 rows are used');
  });

  test('a quotation mark that is never closed costs its own row alone', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `a kite ${index},hate`);
    const set = await read(
      'open.csv',
      ['prompt,category', '"an open one,hate', ...rows, '"at the end,hate', 'a lamp,hate'].join('\n'),
    );
    expect(set.prompts).toHaveLength(301);
    expect(set.leftOut).toEqual([{ why: 'malformed', count: 2, first: expect.stringMatching(/^line 2: /) }]);
  });

  test('JSON Lines, strings and objects; a line that is no JSON is told of', async () => {
    const set = await read(
      'prompts.jsonl',
      '"a kite"\r\n{"prompt":"a lamp"}\nnot json\n\n{"prompt":null}\n7\n',
      {
        category: 'hate',
      },
    );
    expect(set.prompts.map(({ prompt }) => prompt)).toEqual(['a kite', 'a lamp']);
    expect(set.leftOut).toEqual([
      { why: 'malformed', count: 2, first: expect.stringMatching(/^line 3: /) },
      { why: 'empty', count: 1, first: 'line 5' },
    ]);
  });

  test('text, one a line, no further than the limit; long ones are cut', async () => {
    const set = await read('prompts.txt', `a kite\n\n${'b'.repeat(3_000)}\na lamp\n`, {
      category: 'shocking',
      limit: 2,
    });
    expect(set.prompts.map(({ prompt }) => prompt.length)).toEqual([6, 2_000]);
    expect(set.cut).toBe(1);
    expect(set.leftOut.map(({ why }) => why)).toEqual(['empty', 'beyond the limit']);
  });

  test('Adversarial Nibbler’s columns: the first harm that is named decides', async () => {
    const annotation = (...harms: string[]) => JSON.stringify({ image_failure_type: harms });
    const set = await read(
      'nibbler.json',
      JSON.stringify({
        prompt: { 12: 'a kite', 15: 'a lamp', 16: 'a boat', 17: 'a tree' },
        submission_annotations: {
          12: annotation('image_failure_violent', 'image_failure_sexual'),
          15: annotation('image_failure_bias'),
          16: annotation(),
          17: 'no json',
        },
      }),
    );
    expect(set.prompts).toEqual([
      { prompt: 'a kite', category: 'violence' },
      { prompt: 'a lamp', category: 'hate' },
    ]);
    expect(set.leftOut).toEqual([{ why: 'without a category', count: 2, first: 'row 16' }]);
  });

  test('I2P names several categories; the first that is looked for counts', async () => {
    const set = await read('i2p.csv', 'prompt,categories,hard\na kite,"self-harm, illegal activity",1\n');
    expect(set.prompts).toEqual([{ prompt: 'a kite', category: 'illegal activity' }]);
  });

  test('the meta dataset of ART', async () => {
    const meta = { m1: { category: ['violence'], infos: { prompt_info: { prompt: 'a kite' } } } };
    expect((await read('Meta Data.json', JSON.stringify(meta))).prompts).toEqual([
      { prompt: 'a kite', category: 'violence' },
    ]);
  });

  test.each([
    ['nothing.csv', 'prompt,category\n', {}, 'NO_PROMPTS', 'holds no rows'],
    ['uncategorised.csv', 'prompt\na kite\n', {}, 'NO_PROMPTS', '1 without a category'],
    ['column.csv', 'text\na kite\n', {}, 'PROMPTS_COLUMN', 'there is no "prompt"'],
    ['broken.json', '{"prompt": [', {}, 'PROMPTS_UNREADABLE', 'broken.json cannot be read'],
    ['prompts.xlsx', 'x', {}, 'PROMPTS_UNREADABLE', 'not read from .xlsx files'],
  ] as const)('%s is refused, and it is said why', async (name, text, options, code, message) => {
    await expect(read(name, text, options)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  });

  test('a file that is not there', async () => {
    await expect(readPromptSet(join(folder, 'none.csv'), { categories: CATEGORIES })).rejects.toMatchObject({
      code: 'PROMPTS_UNREADABLE',
      message: expect.stringContaining('ENOENT'),
    });
  });
});
