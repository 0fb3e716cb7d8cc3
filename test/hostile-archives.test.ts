import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArchiveError } from '../src/archive/archive-error.ts';
import { importCampaign, openChecked } from '../src/archive/import-campaign.ts';
import { fileOf } from '../src/archive/manifest.ts';
import { ARCHIVED_TABLES, type ArchivedTable } from '../src/store/archived/rows.ts';
import { listCampaigns } from '../src/store/campaigns.ts';
import { contentHash } from '../src/store/content-hash.ts';
import { openTemporaryStore, type TemporaryStore } from '../src/store/store-fixtures.ts';
import { type ArchiveParts, archiveOf, partsOf, smallArchive } from './support/campaign-archives.ts';
import { filesBelow, temporaryFolder } from './support/folders.ts';
import { plainPng } from './support/pictures.ts';
import { type RawEntry, rawZip } from './support/raw-zip.ts';
import { runArt } from './support/run-art.ts';

let made: TemporaryStore;
let archive: Buffer;
let target: TemporaryStore;
/** What lies in the target's folder before anything was refused. */
let before: string[];

beforeAll(async () => {
  made = await openTemporaryStore();
  archive = await smallArchive(made.store);
  target = await openTemporaryStore();
  before = picturesOf(target);
});
afterAll(async () => {
  await made.remove();
  await target.remove();
});

function picturesOf({ folder }: TemporaryStore): string[] {
  return filesBelow(join(folder, 'images'));
}

/** Imports bytes that have to be refused; nothing may be left behind, inside or outside. */
async function refusal(bytes: Uint8Array): Promise<ArchiveError> {
  const folder = temporaryFolder({ 'outside/note.txt': 'mine' });
  const path = join(folder, 'hostile.zip');
  writeFileSync(path, bytes);
  const error: unknown = await importCampaign(target.store, path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ArchiveError);
  if (!(error instanceof ArchiveError)) throw new Error('it was not refused');
  expect(error.exitCode).toBe(2);
  expect(error.message).not.toContain('\0');
  expect(await listCampaigns(target.store.database)).toEqual([]);
  expect(picturesOf(target)).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(['hostile.zip', 'outside']);
  expect(readdirSync(join(folder, 'outside'))).toEqual(['note.txt']);
  return error;
}

/** The parts of the sound archive, changed. */
async function changedArchive(
  change: (parts: ArchiveParts) => void,
  manifest?: (honest: Record<string, unknown>) => unknown,
): Promise<Buffer> {
  const path = join(temporaryFolder(), 'sound.zip');
  writeFileSync(path, archive);
  const parts = await partsOf(path);
  change(parts);
  return await archiveOf(parts, manifest);
}

/** Changes the first row of a table. */
function changeRow(table: ArchivedTable, change: (row: Record<string, unknown>) => unknown) {
  return ({ tables }: ArchiveParts) => {
    const [first = '{}', ...rest] = tables[table].split('\n');
    tables[table] = [JSON.stringify(change(JSON.parse(first))), ...rest].join('\n');
  };
}

test('the sound one is taken, as art export wrote it and put together anew', async () => {
  const path = join(temporaryFolder(), 'sound.zip');
  for (const bytes of [archive, await changedArchive(() => undefined)]) {
    writeFileSync(path, bytes);
    const checked = await openChecked(path);
    await checked.archive.close();
    expect(checked.campaign).toMatchObject({ id: 'small', status: 'done' });
  }
});

/** The entries of a sound archive as far as names go, with one more or in place of another. */
function withEntry(entry: RawEntry, place = 0): Buffer {
  const entries: RawEntry[] = ARCHIVED_TABLES.map((table) => ({
    name: fileOf(table),
    content: '',
    deflate: true,
  }));
  return rawZip(entries.toSpliced(place, 0, entry));
}

describe('names', () => {
  test.each([
    ['../../outside/note.txt', 'leads out of its folder'],
    ['rows/../../outside/note.txt', 'leads out of its folder'],
    ['..', 'leads out of its folder'],
    ['/etc/passwd', 'names a place on the disk'],
    ['C:\\outside\\note.txt', 'names a place on the disk'],
    ['C:note.txt', 'names a place on the disk'],
    ['\\\\host\\share', 'names a place on the disk'],
    ['rows\\turns.jsonl', 'has a backslash'],
    ['..\\outside\\note.txt', 'leads out of its folder'],
    ['rows/turns.jsonl\0.png', 'has a NUL'],
    ['rows/', 'is a folder'],
    ['', 'does not belong there'],
    ['rows/\u202eturns.jsonl', 'does not belong there'],
    ['\u001b[31mred', 'does not belong there'],
    ['rows/secrets.jsonl', 'does not belong there'],
    ['pictures/note.png', 'does not belong there'],
    [`pictures/${'a'.repeat(64)}.exe`, 'does not belong there'],
    ['Manifest.json', 'does not belong there'],
  ])('%j', async (name, message) => {
    const error = await refusal(withEntry({ name }));
    expect(error).toMatchObject({ code: 'ARCHIVE_UNSAFE', message: expect.stringContaining(message) });
    expect(error.message).not.toContain('\u001b');
  });

  test('twice, under one case or in the list alone', async () => {
    const twice = await refusal(withEntry({ name: fileOf('campaigns'), content: '{}', deflate: true }));
    expect(twice).toMatchObject({ code: 'ARCHIVE_UNSAFE', message: expect.stringContaining('two entries') });
    const picture = plainPng(16, 16);
    const name = `pictures/${contentHash(picture)}.png`;
    const entries: RawEntry[] = ARCHIVED_TABLES.map((table) => ({ name: fileOf(table), deflate: true }));
    const pictures = await refusal(
      rawZip([...entries, { name, content: picture }, { name, content: picture }]),
    );
    expect(pictures).toMatchObject({ message: expect.stringContaining('two entries') });
    const other = await refusal(
      withEntry({ name: fileOf('campaigns'), localName: 'rows/campaignz.jsonl', deflate: true }),
    );
    expect(other).toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('names another entry'),
    });
  });
});

describe('kinds of entries', () => {
  const name = fileOf('campaigns');
  test.each<[string, RawEntry, string]>([
    ['a symbolic link', { name, content: '/etc/passwd', mode: 0o120777 }, 'is a link'],
    ['a folder', { name, mode: 0o040755 }, 'is a link, a folder'],
    ['a device', { name, mode: 0o020666 }, 'a device'],
    ['a fifo', { name, mode: 0o010666 }, 'no file'],
    ['encrypted', { name, content: 'x'.repeat(13), flags: 1, bytes: 1 }, 'is encrypted'],
    ['with a descriptor behind it', { name, flags: 8 }, 'flags that art export does not set'],
    ['compressed as nobody does', { name, method: 93 }, 'unknown way (93)'],
    ['stored where it should be deflated', { name, content: '{}' }, 'does not belong there'],
  ])('%s', async (_what, entry, message) => {
    expect(await refusal(withEntry(entry))).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      message: expect.stringContaining(message),
    });
  });

  test('strongly encrypted', async () => {
    expect(await refusal(withEntry({ name, flags: 0x41 }))).toMatchObject({
      message: expect.stringContaining('encrypt'),
    });
  });
});

describe('too much', () => {
  const name = fileOf('campaigns');

  test('a bomb: meant, and said only', async () => {
    const content = Buffer.alloc(65 * 1024 * 1024);
    const honest = await refusal(withEntry({ name, content, deflate: true }));
    expect(honest).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      message: expect.stringContaining('times its size'),
    });
    const huge = await refusal(withEntry({ name, content: 'x', deflate: true, bytes: 0xffff_fffe }));
    expect(huge).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
  });

  test('a bomb that says it is small is not inflated past what it says', async () => {
    const bomb = Buffer.alloc(32 * 1024 * 1024, '{"a":1}\n');
    const parts = rawZip([
      ...ARCHIVED_TABLES.map((table) => ({ name: fileOf(table), deflate: true })),
      { name: 'pictures.jsonl', deflate: true },
      { name: 'manifest.json', content: bomb, deflate: true, bytes: 100 },
    ]);
    expect(await refusal(parts)).toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('manifest.json is longer than it says'),
    });
  });

  test('entries that overlap: one body under many names, or headers within others', async () => {
    const quoted = withEntry({ name, content: 'x', deflate: true, offset: 40 });
    expect(await refusal(quoted)).toMatchObject({ code: expect.stringMatching(/ARCHIVE_(UNSAFE|DAMAGED)/) });
    const entries = ARCHIVED_TABLES.map((table, index) => ({
      name: fileOf(table),
      deflate: true,
      ...(index === 1 ? { offset: 0 } : {}),
    }));
    expect(await refusal(rawZip(entries))).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      message: expect.stringContaining('right behind the one before'),
    });
  });

  test('something before, between or behind the entries', async () => {
    const front = Buffer.concat([Buffer.from('#!/bin/sh\n'), archive]);
    expect((await refusal(front)).code).toMatch(/ARCHIVE_(UNSAFE|DAMAGED)/);
    const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    const list = archive.readUInt32LE(end + 16);
    const between = Buffer.concat([archive.subarray(0, list), Buffer.from('more'), archive.subarray(list)]);
    between.writeUInt32LE(list + 4, end + 4 + 16);
    expect(await refusal(between)).toMatchObject({ message: expect.stringContaining('between its entries') });
    expect((await refusal(Buffer.concat([archive, Buffer.from('more')]))).code).toBe('ARCHIVE_UNREADABLE');
    expect(await refusal(rawZip([], { comment: Buffer.from('hello') }))).toMatchObject({
      message: expect.stringContaining('has a comment'),
    });
  });

  test('more entries than there are: said, and meant', async () => {
    const said = Buffer.from(archive);
    said.writeUInt16LE(0xfffe, archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])) + 10);
    expect((await refusal(said)).code).toBe('ARCHIVE_DAMAGED');
    const many = rawZip(Array.from({ length: 60_000 }, (_, number) => ({ name: `rows/x${number}.jsonl` })));
    expect((await refusal(many)).code).toBe('ARCHIVE_UNSAFE');
    expect(await refusal(zip64End({ entries: 2 ** 40 }))).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      message: expect.stringContaining('1099511627776 entries'),
    });
  });

  test('zip64 that lies', async () => {
    for (const lie of [
      { listOffset: 2 ** 52 },
      { listOffset: 2 ** 63 },
      { endOffset: 2 ** 62 },
      { entries: 0 },
    ])
      expect((await refusal(zip64End(lie))).code).toMatch(/^ARCHIVE_(UNREADABLE|DAMAGED|UNSAFE)$/);
    // Sizes of 2^62 in the extra field of an entry.
    const extra = Buffer.alloc(28);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const at of [4, 12, 20]) extra.writeBigUInt64LE(2n ** 62n, at);
    const lie = { extra, bytes: 0xffff_ffff, compressedBytes: 0xffff_ffff, offset: 0xffff_ffff };
    for (const deflate of [true, false]) {
      const error = await refusal(withEntry({ name, deflate, ...lie }));
      expect(error.code).toMatch(/^ARCHIVE_(DAMAGED|UNSAFE)$/);
    }
  });

  /** The sound archive with records of zip64 at its end. */
  function zip64End(lie: { entries?: number; listOffset?: number; endOffset?: number }): Buffer {
    const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    const records = Buffer.alloc(76);
    records.writeUInt32LE(0x06064b50, 0);
    records.writeBigUInt64LE(44n, 4);
    records.writeBigUInt64LE(BigInt(lie.entries ?? archive.readUInt16LE(end + 10)), 32);
    records.writeBigUInt64LE(BigInt(lie.listOffset ?? archive.readUInt32LE(end + 16)), 48);
    records.writeUInt32LE(0x07064b50, 56);
    records.writeBigUInt64LE(BigInt(lie.endOffset ?? end), 64);
    records.writeUInt32LE(1, 72);
    return Buffer.concat([archive.subarray(0, end), records, archive.subarray(end)]);
  }
});

describe('damage', () => {
  test('no archive at all, an empty one, one that is cut off', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('P'),
      Buffer.from('a diary '.repeat(1_000)),
      plainPng(16, 16),
    ])
      expect((await refusal(bytes)).code).toBe('ARCHIVE_UNREADABLE');
    expect((await refusal(rawZip([]))).code).toBe('ARCHIVE_DAMAGED');
    for (const bytes of [2, 0.1, 0.5, 0.99].map((part) => (part < 1 ? archive.byteLength * part : part)))
      expect(await refusal(archive.subarray(0, bytes))).toMatchObject({
        code: 'ARCHIVE_DAMAGED',
        message: 'The archive is damaged: it is cut off: its end is missing.',
        hint: 'Nothing was imported. Copy it anew, or export it again.',
      });
  });

  test('a folder, a link to a device, nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    symlinkSync('/dev/zero', join(folder, 'link'));
    for (const name of ['folder', 'link', 'nowhere']) {
      await expect(openChecked(join(folder, name))).rejects.toMatchObject({ code: 'ARCHIVE_UNREADABLE' });
    }
  });

  test('a table or a picture with another hash than it should have', async () => {
    const tables = await changedArchive(
      () => undefined,
      (honest) => replaced(honest, /("file":"rows\/turns.jsonl"[^}]*"sha256":")..../, '$1beef'),
    );
    expect(await refusal(tables)).toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('rows/turns.jsonl is not what its checksum says'),
    });
    const pictures = await changedArchive(({ pictures: [first] }) =>
      first?.content.set(plainPng(99, 16).subarray(0, 40)),
    );
    expect(await refusal(pictures)).toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('SHA-256 differs from its name'),
    });
    const rows = await changedArchive(
      () => undefined,
      (honest) => replaced(honest, /("file":"rows\/turns.jsonl","rows":)\d+/, '$199'),
    );
    expect(await refusal(rows)).toMatchObject({ message: expect.stringContaining('tells of 99') });
  });

  test('pictures that are missing, that are too many, that are none', async () => {
    const missing = await changedArchive(({ pictures }) => void pictures.pop());
    expect(await refusal(missing)).toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('is missing'),
    });
    const extra = plainPng(40, 40);
    const more = await changedArchive(({ pictures }) => {
      pictures.push({ key: { hash: contentHash(extra), mediaType: 'image/png' }, content: extra });
      pictures.sort((one, other) => (one.key.hash < other.key.hash ? -1 : 1));
    });
    expect(await refusal(more)).toMatchObject({
      code: 'ARCHIVE_MALFORMED',
      message: expect.stringContaining('belongs to nothing'),
    });
    const shuffled = await changedArchive(({ pictures }) => void pictures.reverse());
    expect(await refusal(shuffled)).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      message: expect.stringContaining('out of order'),
    });
  });

  test.each<[string, () => Buffer]>([
    ['a text', () => Buffer.from('no picture '.repeat(9))],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>')],
    ['an archive', () => archive],
    ['too small', () => plainPng(4, 4)],
    ['a bomb of 100 megapixels', () => plainPng(100_000, 1_000)],
    ['a PNG that breaks off', () => plainPng(64, 64).subarray(0, 60)],
  ])('a picture that is %s', async (_what, make) => {
    const content = make();
    const hash = contentHash(content);
    const bytes = await changedArchive((parts) => {
      const old = parts.pictures.find(({ key }) => key.mediaType === 'image/png')?.key.hash ?? '';
      for (const table of ['images', 'turns', 'evaluation_images'] as const)
        parts.tables[table] = parts.tables[table].replaceAll(old, hash);
      const lines = parts.tables.images.trim().split('\n');
      parts.tables.images = `${lines.sort((one, other) => (hashOf(one) < hashOf(other) ? -1 : 1)).join('\n')}\n`;
      const place = parts.pictures.findIndex(({ key }) => key.hash === old);
      parts.pictures.splice(place, 1, { key: { hash, mediaType: 'image/png' }, content });
      parts.pictures.sort((one, other) => (one.key.hash < other.key.hash ? -1 : 1));
    });
    expect(await refusal(bytes)).toMatchObject({
      code: 'ARCHIVE_MALFORMED',
      message: expect.stringContaining(hash),
    });
  });

  function hashOf(line: string): string {
    return JSON.parse(line).hash;
  }
});

describe('what rows say', () => {
  test.each<[string, ArchivedTable, (row: Record<string, unknown>) => unknown]>([
    ['an unknown column', 'turns', (row) => ({ ...row, more: 1 })],
    ['a missing column', 'turns', ({ prompt: _prompt, ...row }) => row],
    ['a number for a text', 'turns', (row) => ({ ...row, prompt: 7 })],
    ['a NUL in a text', 'turns', (row) => ({ ...row, prompt: 'a\0b' })],
    ['half a surrogate pair', 'turns', (row) => ({ ...row, prompt: '\ud800' })],
    ['a seed past 2^53', 'turns', (row) => ({ ...row, seed: 2 ** 60 })],
    ['a round past 2^31', 'turns', (row) => ({ ...row, round: 2 ** 31 })],
    ['half a round', 'turns', (row) => ({ ...row, round: 0.5 })],
    ['a conversation that is not there', 'turns', (row) => ({ ...row, conversation: 2 })],
    ['a picture that is not there', 'turns', (row) => ({ ...row, imageHash: 'f'.repeat(64) })],
    ['a hash that leads elsewhere', 'turns', (row) => ({ ...row, imageHash: '../../../../etc/passwd' })],
    ['a tree that is too deep', 'turns', (row) => ({ ...row, tree: deep(200) })],
    ['no moment', 'turns', (row) => ({ ...row, createdAt: '2026-13-45T00:00:00.000Z' })],
    ['a turn that is not there', 'verdicts', (row) => ({ ...row, turn: 3 })],
    ['an unknown verdict', 'verdicts', (row) => ({ ...row, verdict: 'maybe' })],
    ['a score past any float', 'verdicts', (row) => ({ ...row, score: 1e300 })],
    ['an unknown outcome', 'evaluation_images', (row) => ({ ...row, outcome: 'lost' })],
    ['an id that is a path', 'campaigns', (row) => ({ ...row, id: '../../x' })],
    ['the id latest', 'campaigns', (row) => ({ ...row, id: 'latest' })],
    ['a campaign that is running', 'campaigns', (row) => ({ ...row, status: 'running' })],
    ['a file of another machine', 'campaigns', (row) => ({ ...row, configFile: '/tmp/art.config.ts' })],
    ['a configuration that is too deep', 'campaigns', (row) => ({ ...row, config: { a: deep(1_000) } })],
    ['a configuration that is a list', 'campaigns', (row) => ({ ...row, config: [] })],
    ['SVG', 'images', (row) => ({ ...row, mediaType: 'image/svg+xml' })],
    ['a picture of 64 GB', 'images', (row) => ({ ...row, byteLength: 2 ** 36 })],
    ['a copy of what is whole', 'images', (row) => ({ ...row, keptHash: 'e'.repeat(64), kept: 'full' })],
    ['a vector of NaN', 'prompt_embeddings', (row) => ({ ...row, vector: 'AADAfw==' })],
    ['a vector of another prompt', 'prompt_embeddings', (row) => ({ ...row, promptHash: 'e'.repeat(64) })],
    ['no reviewer', 'labels', (row) => ({ ...row, reviewer: '' })],
    ['a list for a row', 'requests', () => [1, 2, 3]],
    ['null for a row', 'requests', () => null],
  ])('%s', async (_what, table, change) => {
    const bytes = await changedArchive(changeRow(table, change));
    expect(await refusal(bytes)).toMatchObject({ code: 'ARCHIVE_MALFORMED' });
  });

  test.each<[string, ArchivedTable, (text: string) => string]>([
    ['a row twice', 'verdicts', (text) => `${text.split('\n')[0]}\n${text}`],
    ['a second campaign', 'campaigns', (text) => text + text],
    ['no campaign', 'campaigns', () => ''],
    ['no JSON', 'labels', (text) => text.replace('{', '{{')],
    ['no UTF-8, as a byte order mark has it', 'labels', (text) => `\ufeff${text}`],
    ['a line that breaks off', 'labels', (text) => text.trimEnd()],
    ['an empty line', 'labels', (text) => `${text}\n`],
    [
      'a key __proto__',
      'campaigns',
      (text) => text.replace('"config":{', '"config":{"__proto__":{"simulated":false},'),
    ],
    [
      'a key __proto__ in disguise',
      'campaigns',
      (text) => text.replace('"config":{', '"config":{"__pr\\u006fto__":1,'),
    ],
    ['a key __proto__ of the row', 'turns', (text) => text.replace('{', '{"__proto__":{"prompt":"x"},')],
    ['a number without end', 'campaigns', (text) => text.replace('"config":{', '"config":{"a":1e999,')],
    ['brackets without end', 'labels', () => `${'['.repeat(200_000)}\n`],
    ['brackets and a reviver', 'labels', () => `${'['.repeat(200_000)}"\\u0061"${']'.repeat(200_000)}\n`],
  ])('%s', async (_what, table, change) => {
    const bytes = await changedArchive(({ tables }) => {
      tables[table] = change(tables[table]);
    });
    expect((await refusal(bytes)).code).toMatch(/^ARCHIVE_(MALFORMED|DAMAGED)$/);
    expect({}).not.toHaveProperty('simulated');
  });

  function deep(levels: number): unknown {
    let value: unknown = { text: 'x', times: 0, shown: true, parts: [] };
    for (let level = 0; level < levels; level++) value = { text: 'x', times: 0, shown: true, parts: [value] };
    return value;
  }
});

describe('what the manifest says', () => {
  const changes: Readonly<Record<string, (honest: Record<string, unknown>) => unknown>> = {
    'a list': () => [],
    nothing: () => null,
    'another format': (honest) => ({ ...honest, format: 'art-dataset' }),
    'an older format': (honest) => ({ ...honest, schemaVersion: 0 }),
    'half a format': (honest) => ({ ...honest, schemaVersion: 1.5 }),
    'something more': (honest) => ({ ...honest, run: 'this' }),
    'another campaign': (honest) => ({ ...honest, campaign: { id: 'other', name: 'x', status: 'done' } }),
    'another id': (honest) => ({ ...honest, campaign: { id: '../x', name: 'x', status: 'done' } }),
    'fewer tables': (honest) => ({ ...honest, tables: [] }),
    'another file': (honest) => replaced(honest, /rows\/turns/, 'rows/../turns'),
    'fewer pictures': (honest) => replaced(honest, /"count":\d+/, '"count":1'),
    'pictures that were left out': (honest) => replaced(honest, /"included":true/, '"included":false'),
    'fewer bytes': (honest) => replaced(honest, /("count":\d+,"bytes":)\d+/, '$11'),
    'a negative size': (honest) => replaced(honest, /("count":\d+,"bytes":)\d+/, '$1-1'),
    'ten milliards of rows': (honest) =>
      replaced(honest, /("file":"rows\/requests.jsonl","rows":)\d+/, '$110000000000'),
  };
  test.each(Object.entries(changes))('%s', async (_what, change) => {
    const bytes = await changedArchive(() => undefined, change);
    expect((await refusal(bytes)).code).toMatch(/^ARCHIVE_(MALFORMED|DAMAGED|UNSAFE)$/);
  });

  test('a newer format', async () => {
    const bytes = await changedArchive(
      () => undefined,
      (honest) => ({ ...honest, schemaVersion: 2, else: {} }),
    );
    expect(await refusal(bytes)).toMatchObject({ code: 'ARCHIVE_NEWER', hint: 'Update ART.' });
  });
});

test('on the command line: exit code 2, one message, no new folder', async () => {
  const cwd = temporaryFolder({ 'diary.zip': 'a diary' });
  writeFileSync(join(cwd, 'escape.zip'), withEntry({ name: '../../\u001b[31mx' }));
  writeFileSync(join(cwd, 'cut.zip'), archive.subarray(0, 3_000));
  for (const [file, word] of [
    ['diary.zip', 'no zip archive'],
    ['escape.zip', 'leads out of its folder'],
    ['cut.zip', 'its end is missing'],
    ['nowhere.zip', 'There is no file nowhere.zip'],
  ] as const) {
    const { code, stdout, stderr } = await runArt(['import', file], { cwd });
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(word);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toMatch(/^\s+at |defect of ART/m);
  }
  expect(readdirSync(cwd).sort()).toEqual(['cut.zip', 'diary.zip', 'escape.zip']);
  expect(readFileSync(join(cwd, 'diary.zip'), 'utf8')).toBe('a diary');
});

/** Replaces text in a manifest. */
function replaced(honest: Record<string, unknown>, what: RegExp, by: string): unknown {
  const text = JSON.stringify(honest);
  if (!what.test(text)) throw new Error(`the manifest has no ${what}`);
  return JSON.parse(text.replace(what, by));
}
