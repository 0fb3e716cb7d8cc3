import type { z } from 'zod';
import {
  ARCHIVED_TABLES,
  type ArchivedRow,
  type ArchivedTable,
  ROW_SCHEMAS,
} from '../store/archived/rows.ts';
import { contentHash } from '../store/content-hash.ts';
import { damaged, malformed, unsafe } from './archive-error.ts';
import { parseForeignJson, readJsonLines } from './json-lines.ts';
import {
  checkManifest,
  fileOf,
  firstIssue,
  LARGEST_MANIFEST,
  type ListedFile,
  MANIFEST_FILE,
  type Manifest,
  PICTURE_LIST_FILE,
} from './manifest.ts';
import { entryOfPicture, type ListedPicture, listedPicture, pictureOfEntry } from './picture-entry.ts';
import { DEFLATED, STORED, type ZipRecord } from './zip/zip-format.ts';
import { ZipReader } from './zip/zip-reader.ts';

/** The entries around the pictures, which lie behind the tables. */
const BEFORE_PICTURES: readonly string[] = ARCHIVED_TABLES.map(fileOf);
const BEHIND_PICTURES: readonly string[] = [PICTURE_LIST_FILE, MANIFEST_FILE];

/** A picture with its bytes, which are what its name says. */
export interface ArchivedPicture extends ListedPicture {
  readonly content: Buffer;
}

/**
 * An archive of a campaign whose list of entries and manifest have been checked. Rows and pictures are checked
 * as they are read: each against its type, all of a table at its end against the manifest. So what has been read
 * to its end is what was exported.
 */
export class OpenArchive {
  readonly manifest: Manifest;
  readonly #zip: ZipReader;
  readonly #files: ReadonlyMap<string, ZipRecord>;

  private constructor(zip: ZipReader, files: ReadonlyMap<string, ZipRecord>, manifest: Manifest) {
    this.#zip = zip;
    this.#files = files;
    this.manifest = manifest;
  }

  /** @throws ArchiveError */
  static async open(path: string): Promise<OpenArchive> {
    const zip = await ZipReader.open(path);
    try {
      const { files, pictures } = await walk(zip);
      const manifest = await readManifest(zip, files);
      const { count, included } = manifest.pictures;
      if (pictures !== count || (count > 0 && !included))
        throw damaged(`its manifest tells of ${count} pictures, and ${pictures} are there.`);
      return new OpenArchive(zip, files, manifest);
    } catch (error) {
      await zip.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#zip.close();
  }

  /**
   * The rows of a table.
   *
   * @throws ArchiveError `ARCHIVE_MALFORMED`, `ARCHIVE_DAMAGED`
   */
  rows<Table extends ArchivedTable>(table: Table): AsyncGenerator<ArchivedRow<Table>> {
    const listed = this.manifest.tables.find(({ file }) => file === fileOf(table));
    return this.#lines(listed, ROW_SCHEMAS[table]);
  }

  /** The pictures in the order of their hashes. */
  async *pictures(): AsyncGenerator<ArchivedPicture> {
    const { list, bytes, count } = this.manifest.pictures;
    const entries = this.#zip.entries();
    const listed = this.#lines(list, listedPicture);
    let total = 0;
    let seen = 0;
    try {
      for await (const entry of entries) {
        if (pictureOfEntry(entry.name) === undefined) continue;
        const next = await listed.next();
        if (next.done || entryOfPicture(next.value) !== entry.name || next.value.bytes !== entry.bytes)
          throw damaged(`${entry.name} is not what ${PICTURE_LIST_FILE} tells.`);
        const content = await this.#zip.bytes(entry);
        if (contentHash(content) !== next.value.hash)
          throw damaged(`${entry.name} is not what it was: its SHA-256 differs from its name.`);
        total += content.byteLength;
        seen++;
        yield { ...next.value, content };
      }
      // Read to its end, so that it is verified as a whole.
      if (!(await listed.next()).done || seen !== count || total !== bytes)
        throw damaged(`its pictures are not those that ${PICTURE_LIST_FILE} and its manifest tell of.`);
    } finally {
      await entries.return(undefined);
      await listed.return(undefined);
    }
  }

  async *#lines<Row>(listed: ListedFile | undefined, schema: z.ZodType<Row>): AsyncGenerator<Row> {
    const record = listed === undefined ? undefined : this.#files.get(listed.file);
    if (listed === undefined || record === undefined) throw damaged('a file is missing.');
    if (record.bytes !== listed.bytes) throw damaged(`${listed.file} is not as long as its manifest tells.`);
    let rows = 0;
    for await (const value of readJsonLines(this.#zip.data(record, listed.sha256), listed.file)) {
      rows++;
      const parsed = schema.safeParse(value);
      if (!parsed.success) throw malformed(`${listed.file}, line ${rows}: ${firstIssue(parsed.error)}`);
      yield parsed.data;
    }
    if (rows !== listed.rows)
      throw damaged(`${listed.file} has ${rows} rows, and its manifest tells of ${listed.rows}.`);
  }
}

/** Looks at the list of all entries: nothing is missing, nothing is there twice, nothing else is there. */
async function walk(
  zip: ZipReader,
): Promise<{ readonly files: ReadonlyMap<string, ZipRecord>; readonly pictures: number }> {
  const files = new Map<string, ZipRecord>();
  const order = [...BEFORE_PICTURES, ...BEHIND_PICTURES];
  let pictures = 0;
  let last = '';
  for await (const entry of zip.entries()) {
    const { name, method } = entry;
    if (pictureOfEntry(name) !== undefined) {
      if (files.size !== BEFORE_PICTURES.length || method !== STORED) throw misplaced(name);
      if (name <= last)
        throw unsafe(`it has ${name === last ? `two entries ${name}` : `${name} out of order`}.`);
      last = name;
      pictures++;
      continue;
    }
    if (files.has(name)) throw unsafe(`it has two entries ${name}.`);
    if (name !== order[files.size]) {
      const missing = order[files.size];
      throw order.includes(name) && missing !== undefined
        ? damaged(`${missing} is missing.`)
        : misplaced(name);
    }
    if (method !== DEFLATED) throw misplaced(name);
    files.set(name, entry);
  }
  const missing = order[files.size];
  if (missing !== undefined) throw damaged(`${missing} is missing.`);
  return { files, pictures };
}

function misplaced(name: string) {
  return unsafe(`its entry ${name} does not belong there.`);
}

async function readManifest(zip: ZipReader, files: ReadonlyMap<string, ZipRecord>): Promise<Manifest> {
  const record = files.get(MANIFEST_FILE);
  if (record === undefined) throw damaged(`${MANIFEST_FILE} is missing.`);
  if (record.bytes > LARGEST_MANIFEST) throw unsafe(`its ${MANIFEST_FILE} has ${record.bytes} bytes.`);
  const chunks: Uint8Array[] = [];
  // Nothing says what it should come to; its checksum tells of damage.
  for await (const chunk of zip.data(record)) chunks.push(chunk);
  return checkManifest(parseForeignJson(Buffer.concat(chunks), MANIFEST_FILE));
}
