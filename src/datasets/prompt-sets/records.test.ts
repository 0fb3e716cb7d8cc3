import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FileRecord, readRecords } from './records.ts';

async function records(name: string, bytes: string | Uint8Array): Promise<FileRecord[]> {
  const folder = await mkdtemp(join(tmpdir(), 'art-records-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), bytes);
  return await Array.fromAsync(readRecords(join(folder, name)));
}

const prompts = (all: readonly FileRecord[]) =>
  all.map((one) => ('values' in one ? one.values.prompt : one.problem));

test.each([
  ['UTF-8', Buffer.from('prompt\na café\na tree\n')],
  ['UTF-8 with a mark', Buffer.from('\uFEFFprompt\na café\na tree\n')],
  ['UTF-16 with a mark', Buffer.from('\uFEFFprompt\na café\na tree\n', 'utf16le')],
  ['UTF-16 with the higher byte first', Buffer.from('\uFEFFprompt\na café\na tree\n', 'utf16le').swap16()],
])('%s is read', async (_, bytes) => {
  expect(prompts(await records('a.csv', bytes))).toEqual(['a café', 'a tree']);
});

test('JSON in UTF-16 is read as well', async () => {
  const bytes = Buffer.from('\uFEFF[{"prompt":"a café"}]', 'utf16le');
  expect(prompts(await records('a.json', bytes))).toEqual(['a café']);
  expect(prompts(await records('a.json', Buffer.from(bytes).swap16()))).toEqual(['a café']);
});

test.each(['a.csv', 'a.jsonl'])('a row of %s in Latin-1 is malformed, the others are kept', async (name) => {
  const row = (prompt: string) => (name === 'a.csv' ? prompt : `{"prompt":"${prompt}"}`);
  const text = [...(name === 'a.csv' ? ['prompt'] : []), row('a café'), row('a tree')].join('\n');
  expect(prompts(await records(name, Buffer.from(text, 'latin1')))).toEqual([
    'it holds bytes that are not UTF-8; save the file as UTF-8',
    'a tree',
  ]);
});

test.each(['utf16le', 'utf16be'])(
  'a file of %s in many pieces keeps its letters and lines',
  async (encoding) => {
    // An emoji of four bytes behind an odd number of letters: pieces of 64 KB end within some.
    const text = `\uFEFF${Array.from({ length: 20_000 }, (_, row) => `{"prompt":"é\u2028${'🙂'.repeat(row % 9)}"}\n`).join('')}`;
    const bytes = Buffer.from(text, 'utf16le');
    const all = prompts(await records('a.jsonl', encoding === 'utf16be' ? bytes.swap16() : bytes));
    expect(all).toEqual(Array.from({ length: 20_000 }, (_, row) => `é\u2028${'🙂'.repeat(row % 9)}`));
  },
);
