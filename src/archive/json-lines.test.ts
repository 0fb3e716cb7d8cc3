import { expect, test } from 'vitest';
import { readJsonLines } from './json-lines.ts';

/** A text in pieces of so many bytes. */
async function* inPieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.byteLength; start += length) yield bytes.subarray(start, start + length);
}

async function read(text: string, length = 7): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonLines(inPieces(text, length), 'rows/x.jsonl')) values.push(value);
  return values;
}

test('lines come whole, however they are cut', async () => {
  const rows = [{ a: 'über 😀' }, [1, 2], null, 'x'.repeat(100), { b: '\u2028\\u0000' }];
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  for (const length of [1, 2, 3, 50, 1_000]) expect(await read(text, length)).toEqual(rows);
  expect(await read('')).toEqual([]);
});

test.each([
  ['{"a":1}', 'does not end with a whole line'],
  ['{"a":1}\n\n', 'line 2 is no JSON'],
  ['{"a":\n', 'line 1 is no JSON'],
  ['{"__proto__":{}}\n', 'has a key __proto__'],
  ['{"a":{"\\u005f_proto__":{}}}\n', 'has a key __proto__'],
])('%j: %s', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test('a prototype as a value is a text like others', async () => {
  expect(await read('{"a":"__proto__"}\n')).toEqual([{ a: '__proto__' }]);
});

test('a line without an end is not gathered for ever', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(1024 * 1024, 'x');
  }
  await expect(readJsonLines(endless(), 'rows/x.jsonl').next()).rejects.toThrow('a line of more than');
});
