import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { inOrder } from '../datasets/ordered.ts';
import { ArtError, messageOf, UsageError } from '../errors.ts';
import { readKeptPictures } from '../store/archived/read-kept-pictures.ts';
import { atOneMoment } from '../store/archived/read-rows.ts';
import { ARCHIVED_TABLES } from '../store/archived/rows.ts';
import { isConnectionLost } from '../store/connection-lost.ts';
import { chainOf } from '../store/disk-full.ts';
import type { ImageKey } from '../store/image-store.ts';
import type { Database, Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { StoreError } from '../store/store-error.ts';
import { ART_VERSION } from '../version.ts';
import { campaignLines } from './campaign-lines.ts';
import {
  FORMAT,
  fileOf,
  type ListedFile,
  MANIFEST_FILE,
  type Manifest,
  PICTURE_LIST_FILE,
  SCHEMA_VERSION,
} from './manifest.ts';
import { entryOfPicture, pictureOfEntry } from './picture-entry.ts';
import { ZipWriter } from './zip/zip-writer.ts';

/** Pictures that are read at once: an object store answers late, not slowly. */
const READS_AT_ONCE = 8;

/** How a campaign is exported. */
export interface ExportOptions {
  /** `false`: rows alone. Default: `true`. */
  readonly pictures?: boolean;
  /** Stops it; nothing is left behind. */
  readonly signal?: AbortSignal;
  /** Hears how many pictures have been written. */
  readonly onPicture?: (done: number) => void;
}

/** What was exported. */
export interface ExportedCampaign {
  readonly manifest: Manifest;
  /** Of the whole archive. */
  readonly bytes: number;
}

/**
 * Writes all of a campaign into one archive (`docs/archives.md`), as it is at one moment, though somebody may be
 * working on it. It is written aside and renamed, in memory that does not grow with the campaign but for some
 * 150 bytes a picture. The same campaign gives the same archive, byte by byte.
 *
 * @param path the file; one that is there is replaced
 * @throws {@link UsageError} `CANNOT_WRITE`
 * @throws {@link StoreError} `IMAGE_MISSING` and `IMAGE_DAMAGED` for a picture that should be there, `STORE_FAILED`
 */
export async function exportCampaign(
  store: Store,
  campaign: Pick<CampaignRow, 'id' | 'name'>,
  path: string,
  options: ExportOptions = {},
): Promise<ExportedCampaign> {
  const draft = `${path}.${randomUUID()}.draft`;
  const writer = await ZipWriter.create(draft).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  try {
    const manifest = await atOneMoment(store.database, (moment) =>
      write(writer, store, { moment, campaign, options }),
    );
    await writer.finish();
    await writer.close();
    await rename(draft, path);
    return { manifest, bytes: writer.byteLength };
  } catch (error) {
    await writer.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw cannotWrite(path, error);
  }
}

async function write(
  writer: ZipWriter,
  store: Store,
  from: {
    readonly moment: Database;
    readonly campaign: Pick<CampaignRow, 'id' | 'name'>;
    readonly options: ExportOptions;
  },
): Promise<Manifest> {
  const { moment, campaign, options } = from;
  const { pictures = true, signal } = options;
  const tables: ListedFile[] = [];
  let status = '';
  for (const table of ARCHIVED_TABLES) {
    let rows = 0;
    const onRow = (row: object) => {
      signal?.throwIfAborted();
      rows++;
      if (table === 'campaigns' && 'status' in row) status = String(row.status);
    };
    const lines = campaignLines(moment, table, campaign.id, { pictures, onRow });
    const { name, bytes, sha256 } = await writer.addDeflated(fileOf(table), lines);
    tables.push({ file: name, rows, bytes, sha256 });
  }
  const written = pictures ? await writePictures(writer, store, from) : { count: 0, bytes: 0 };
  const { bytes, sha256 } = await writer.addDeflated(PICTURE_LIST_FILE, pictureLines(writer));
  const manifest: Manifest = {
    format: FORMAT,
    schemaVersion: SCHEMA_VERSION,
    artVersion: ART_VERSION,
    campaign: { id: campaign.id, name: campaign.name, status },
    tables,
    pictures: {
      included: pictures,
      ...written,
      list: { file: PICTURE_LIST_FILE, rows: written.count, bytes, sha256 },
    },
  };
  await writer.addDeflated(MANIFEST_FILE, once(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}

async function writePictures(
  writer: ZipWriter,
  { images }: Store,
  from: {
    readonly moment: Database;
    readonly campaign: Pick<CampaignRow, 'id'>;
    readonly options: ExportOptions;
  },
): Promise<{ readonly count: number; readonly bytes: number }> {
  const { moment, campaign, options } = from;
  const { signal, onPicture } = options;
  const read = async (key: ImageKey) => {
    signal?.throwIfAborted();
    return { key, content: await images.get(key, { signal }) };
  };
  let count = 0;
  let bytes = 0;
  const keys = readKeptPictures(moment, campaign.id);
  for await (const { key, content } of inOrder(keys, READS_AT_ONCE, read)) {
    await writer.addStored(entryOfPicture(key), content);
    count++;
    bytes += content.byteLength;
    onPicture?.(count);
  }
  return { count, bytes };
}

/** The list of the pictures, from what has been written of them. */
async function* pictureLines(writer: ZipWriter): AsyncGenerator<string> {
  for (const { name, bytes } of writer.entries()) {
    const key = pictureOfEntry(name);
    if (key === undefined) continue;
    yield `${JSON.stringify({ hash: key.hash, mediaType: key.mediaType, bytes })}\n`;
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** A problem of the file system becomes one of the user, and a missing picture tells the way around it. */
function cannotWrite(path: string, cause: unknown): unknown {
  if (cause instanceof StoreError && (cause.code === 'IMAGE_MISSING' || cause.code === 'IMAGE_DAMAGED')) {
    const { code, message, data } = cause;
    const hint =
      'Nothing was exported. Put the file back as it was, or leave all pictures out: --no-pictures.';
    return new StoreError({ code, message, hint, data, cause });
  }
  if (cause instanceof ArtError || (cause instanceof Error && cause.name === 'AbortError')) return cause;
  if (!(cause instanceof Error && 'syscall' in cause) || isConnectionLost(cause)) {
    return new StoreError({
      code: 'STORE_FAILED',
      message: `The store could not be read: ${messageOf(chainOf(cause).at(-1))}`,
      hint: 'Nothing was exported. Check the disk and the database, then give the same command again.',
      cause,
    });
  }
  return new UsageError({
    code: 'CANNOT_WRITE',
    message: `${path} cannot be written: ${messageOf(cause)}`,
    hint: 'Does the folder exist, may you write there, and is there room?',
    cause,
  });
}
