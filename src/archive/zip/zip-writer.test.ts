import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { centralRecord, endRecords, STORED } from './zip-format.ts';
import { ZipReader } from './zip-reader.ts';
import { ZipWriter } from './zip-writer.ts';

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'art-zip-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'x.zip');
}

async function* pieces(...texts: (string | Uint8Array)[]) {
  yield* texts;
}

async function written(path: string, write: (writer: ZipWriter) => Promise<void>): Promise<void> {
  const writer = await ZipWriter.create(path);
  await write(writer);
  await writer.finish();
  await writer.close();
}

const pictureName = (number: number) =>
  `pictures/${createHash('sha256').update(String(number)).digest('hex')}.png`;

test('what is written can be read, and says what it came to', async () => {
  const path = temporaryFile();
  const large = Buffer.alloc(3 * 1024 * 1024, 'abc');
  await written(path, async (writer) => {
    const text = await writer.addDeflated('rows/turns.jsonl', pieces('one ', '', 'two\n', large));
    const sha256 = createHash('sha256').update('one two\n').update(large).digest('hex');
    expect(text).toEqual({ name: 'rows/turns.jsonl', bytes: 8 + large.byteLength, sha256 });
    await writer.addStored(pictureName(1), Buffer.from('picture'));
    await writer.addDeflated('manifest.json', pieces());
    expect([...writer.entries()]).toEqual([
      { name: 'rows/turns.jsonl', bytes: 8 + large.byteLength },
      { name: pictureName(1), bytes: 7 },
      { name: 'manifest.json', bytes: 0 },
    ]);
  });
  const zip = await ZipReader.open(path);
  onTestFinished(() => zip.close());
  const entries = [];
  for await (const entry of zip.entries()) entries.push(entry);
  expect(entries.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['rows/turns.jsonl', 8 + large.byteLength],
    [pictureName(1), 7],
    ['manifest.json', 0],
  ]);
  const [text, picture, empty] = entries;
  if (text === undefined || picture === undefined || empty === undefined)
    throw new Error('an entry is missing');
  const chunks: Uint8Array[] = [];
  for await (const chunk of zip.data(text)) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(Buffer.concat([Buffer.from('one two\n'), large]))).toBe(true);
  expect((await zip.bytes(picture)).toString()).toBe('picture');
  for await (const chunk of zip.data(empty)) expect(chunk.byteLength).toBe(0);
});

test('70,000 entries: more than the format could count once', async () => {
  const path = temporaryFile();
  await written(path, async (writer) => {
    for (let number = 0; number < 70_000; number++)
      await writer.addStored(pictureName(number), Buffer.of(number % 256));
  });
  const zip = await ZipReader.open(path);
  onTestFinished(() => zip.close());
  let entries = 0;
  for await (const { name } of zip.entries()) expect(name).toBe(pictureName(entries++));
  expect(entries).toBe(70_000);
  // As another reader has it.
  const other = await fromBufferPromise(readFileSync(path), {});
  expect(other.entryCount).toBe(70_000);
});

test('places and sizes past 4 GiB are listed as zip64 has them', async () => {
  const place = {
    name: pictureName(1),
    method: STORED,
    crc32: 7,
    compressedBytes: 5 * 2 ** 30,
    bytes: 5 * 2 ** 30,
    offset: 2 ** 33,
  } as const;
  const record = centralRecord(place);
  const small = centralRecord({ ...place, name: pictureName(2), bytes: 9, compressedBytes: 9 });
  const list = Buffer.concat([record, small]);
  // The list lies where the archive would have it, in an archive that is nothing else.
  const zip = await fromBufferPromise(
    Buffer.concat([list, endRecords({ entries: 2, bytes: list.byteLength, offset: 0 })]),
    {},
  );
  const read = [];
  for await (const entry of zip.eachEntry()) read.push(entry);
  expect(read).toMatchObject([
    { uncompressedSize: 5 * 2 ** 30, compressedSize: 5 * 2 ** 30, relativeOffsetOfLocalHeader: 2 ** 33 },
    { uncompressedSize: 9, compressedSize: 9, relativeOffsetOfLocalHeader: 2 ** 33 },
  ]);
});

test('a source that fails is told, and nothing hangs', async () => {
  const writer = await ZipWriter.create(temporaryFile());
  onTestFinished(() => writer.close());
  async function* failing() {
    yield 'a';
    throw new Error('no more rows');
  }
  await expect(writer.addDeflated('rows/turns.jsonl', failing())).rejects.toThrow('no more rows');
});
