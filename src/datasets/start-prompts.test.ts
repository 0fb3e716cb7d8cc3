import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStartPrompts } from './start-prompts.ts';

const NIBBLER = new URL('../../../shared/data/nibbler/round1-attempted-dev.csv', import.meta.url).pathname;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'art-start-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(
  name: string,
  content: string | Uint8Array,
  options?: { column?: string; limit?: number },
) {
  const file = join(folder, name);
  await writeFile(file, content);
  return readStartPrompts(file, options);
}

describe('readStartPrompts', () => {
  it.each([
    ['a.csv', ',prompt\n0,a cat\n1,"a dog, wet"\n2,\n3,"a\n""big"" bird"\n'],
    ['bom.csv', '\uFEFFprompt\r\na cat\r\n"a dog, wet"\r\n" "\r\n"a ""big"" bird"\r\n'],
    ['a.tsv', 'id\tPrompt\n0\ta cat\n1\ta dog, wet\n2\t\n3\t"a ""big"" bird"\n'],
    ['a.json', '["a cat", "a dog, wet", "", "a \\"big\\" bird"]'],
    [
      'objects.json',
      '\uFEFF{"version": 1, "items": [{"prompt":"a cat"},{"prompt":" a dog,  wet "},{"prompt":null},{"prompt":"a \\"big\\" bird"}]}',
    ],
    ['a.jsonl', '\uFEFF{"prompt":"a cat"}\n"a dog, wet"\n\n{"prompt":""}\n{"prompt":"a \\"big\\" bird"}'],
    ['a.txt', '\uFEFFa cat\r\na dog, wet\r\n\r\na "big" bird\r\n'],
    ['A.TXT', 'a cat\na dog, wet\n\na "big" bird'],
  ])('reads %s', async (name, content) => {
    expect(await read(name, content)).toEqual({
      prompts: ['a cat', 'a dog, wet', 'a "big" bird'],
      skipped: 1,
      cut: 0,
    });
  });

  it('takes another column, and stops at the limit', async () => {
    expect(await read('b.csv', 'prompt,text\nx,a cat\ny,a dog\n', { column: 'text', limit: 1 })).toEqual({
      prompts: ['a cat'],
      skipped: 0,
      cut: 0,
    });
    expect((await read('b.json', '[{"text":"a cat"}]', { column: 'text' })).prompts).toEqual(['a cat']);
  });

  it('does not read on behind the limit', async () => {
    expect((await read('late.jsonl', '"a cat"\nnot json', { limit: 1 })).prompts).toEqual(['a cat']);
  });

  it('cuts long prompts and counts them', async () => {
    const { prompts, cut } = await read('long.txt', `${'x'.repeat(5000)}\n${'x'.repeat(1999)}🎈\nshort`);
    expect(prompts.map((prompt) => prompt.length)).toEqual([2000, 1999, 5]);
    expect(cut).toBe(2);
  });

  it.each<[string, string, string, RegExp, { column?: string }?]>([
    [
      'column.csv',
      'id,promt\n1,a cat\n',
      'START_PROMPTS_COLUMN',
      /no column "prompt"; its columns are: id, promt/,
    ],
    ['unnamed.csv', ',text\n1,a cat\n', 'START_PROMPTS_COLUMN', /its columns are: \(unnamed\), text/],
    ['quote.csv', 'prompt\na cat\n"a dog\n', 'START_PROMPTS_MALFORMED', /quote\.csv, line [34]: /],
    ['many.csv', 'prompt\na cat\na dog, wet\n', 'START_PROMPTS_MALFORMED', /many\.csv, line 3: /],
    ['line.jsonl', '"a cat"\n{"prompt": a dog}\n', 'START_PROMPTS_MALFORMED', /line\.jsonl, line 2: /],
    [
      'number.jsonl',
      '"a cat"\n7\n',
      'START_PROMPTS_MALFORMED',
      /line 2: it is neither a string nor an object/,
    ],
    [
      'key.jsonl',
      '{"text":"a cat"}\n',
      'START_PROMPTS_COLUMN',
      /line 1: there is no column "prompt"; its columns are: text/,
    ],
    ['number.json', '[{"prompt": 7}]', 'START_PROMPTS_MALFORMED', /entry 1: it holds no text under "prompt"/],
    ['syntax.json', '["a cat",\n"a dog",\n}', 'START_PROMPTS_MALFORMED', /syntax\.json, line 3: /],
    [
      'long.json',
      `["${'a cat",\n"'.repeat(50)}",,\n"a dog"]`,
      'START_PROMPTS_MALFORMED',
      /long\.json, line 51: /,
    ],
    ['arrays.json', '{"a":[],"b":[]}', 'START_PROMPTS_MALFORMED', /an object that holds one array/],
    ['a.parquet', 'x', 'START_PROMPTS_FORMAT', /not read from \.parquet files/],
    ['empty.csv', '', 'NO_START_PROMPTS', /holds no prompt/],
    ['blank.txt', '\n\n', 'NO_START_PROMPTS', /only 2 empty entries/],
  ])('refuses %s', async (name, content, code, message, options) => {
    await expect(read(name, content, options)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });

  it('refuses a missing file and a folder', async () => {
    await expect(readStartPrompts(join(folder, 'none.csv'))).rejects.toMatchObject({
      code: 'START_PROMPTS_MISSING',
      exitCode: 2,
    });
    await expect(readStartPrompts(join(folder, 'a.csv', 'b.csv'))).rejects.toMatchObject({ exitCode: 2 });
  });

  it('survives bytes that are no text', async () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, index) => (index * 97) % 256);
    for (const name of ['bytes.csv', 'bytes.json', 'bytes.jsonl', 'bytes.txt']) {
      await read(name, bytes).catch((error: unknown) => expect(error).toMatchObject({ exitCode: 2 }));
    }
  });

  it.skipIf(!existsSync(NIBBLER))('reads the prompts of Nibbler', async () => {
    const { prompts, skipped } = await readStartPrompts(NIBBLER);
    expect(prompts.length + skipped).toBe(3618);
    expect((await readStartPrompts(NIBBLER, { limit: 200 })).prompts).toEqual(prompts.slice(0, 200));
  });
});
