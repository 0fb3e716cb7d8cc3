import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportCampaign } from '../../src/archive/export-campaign.ts';
import {
  FORMAT,
  fileOf,
  MANIFEST_FILE,
  PICTURE_LIST_FILE,
  SCHEMA_VERSION,
} from '../../src/archive/manifest.ts';
import { entryOfPicture, pictureOfEntry } from '../../src/archive/picture-entry.ts';
import { ZipReader } from '../../src/archive/zip/zip-reader.ts';
import { ZipWriter } from '../../src/archive/zip/zip-writer.ts';
import { ARCHIVED_TABLES, type ArchivedTable } from '../../src/store/archived/rows.ts';
import type { ImageKey } from '../../src/store/image-store.ts';
import type { Store } from '../../src/store/open-store.ts';
import { storeFullCampaign } from './full-campaign.ts';

/** What is in an archive, to be changed. */
export interface ArchiveParts {
  /** JSON Lines. */
  readonly tables: Record<ArchivedTable, string>;
  readonly pictures: { readonly key: ImageKey; readonly content: Uint8Array }[];
}

/** The bytes of an archive of {@link storeFullCampaign}: about 9 KB with something of everything. */
export async function smallArchive(store: Store, id = 'small'): Promise<Buffer> {
  await storeFullCampaign(store, { id });
  return await archiveBytes(store, id);
}

/** The bytes of a campaign's archive. */
export async function archiveBytes(store: Store, id: string): Promise<Buffer> {
  return await inFile(async (path) => {
    await exportCampaign(store, { id, name: `name of ${id}` }, path);
  });
}

/** Takes an archive apart. */
export async function partsOf(path: string): Promise<ArchiveParts> {
  const zip = await ZipReader.open(path);
  try {
    const texts = new Map<string, string>();
    const pictures: ArchiveParts['pictures'] = [];
    for await (const entry of zip.entries()) {
      const key = pictureOfEntry(entry.name);
      if (key !== undefined) pictures.push({ key, content: Buffer.from(await zip.bytes(entry)) });
      else texts.set(entry.name, await textOf(zip.data(entry)));
    }
    const table = (name: ArchivedTable) => texts.get(fileOf(name)) ?? '';
    return {
      tables: {
        campaigns: table('campaigns'),
        conversations: table('conversations'),
        images: table('images'),
        turns: table('turns'),
        evaluation_images: table('evaluation_images'),
        verdicts: table('verdicts'),
        requests: table('requests'),
        labels: table('labels'),
        added_judges: table('added_judges'),
        prompt_embeddings: table('prompt_embeddings'),
        judge_measurements: table('judge_measurements'),
      },
      pictures,
    };
  } finally {
    await zip.close();
  }
}

/**
 * Puts an archive together from any parts, with sizes and hashes that are right: what is wrong with it is what is
 * in it.
 *
 * @param manifest changes the manifest
 */
export async function archiveOf(
  { tables, pictures }: ArchiveParts,
  manifest: (honest: Record<string, unknown>) => unknown = (honest) => honest,
): Promise<Buffer> {
  return await inFile(async (path) => {
    const writer = await ZipWriter.create(path);
    const listed: unknown[] = [];
    const add = async (file: string, text: string) => {
      const { bytes, sha256 } = await writer.addDeflated(file, once(text));
      return { file, rows: text.split('\n').length - 1, bytes, sha256 };
    };
    for (const table of ARCHIVED_TABLES) listed.push(await add(fileOf(table), tables[table]));
    for (const { key, content } of pictures) await writer.addStored(entryOfPicture(key), content);
    const lines = pictures.map(({ key: { hash, mediaType }, content }) => ({
      hash,
      mediaType,
      bytes: content.byteLength,
    }));
    const list = await add(PICTURE_LIST_FILE, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const [campaign] = tables.campaigns.split('\n');
    const { id, name, status } = JSON.parse(
      campaign === '' || campaign === undefined ? '{"id":"none","name":"none","status":"done"}' : campaign,
    );
    const bytes = pictures.reduce((sum, { content }) => sum + content.byteLength, 0);
    const honest = {
      format: FORMAT,
      schemaVersion: SCHEMA_VERSION,
      artVersion: '0.0.0',
      campaign: { id, name, status },
      tables: listed,
      pictures: { included: true, count: pictures.length, bytes, list },
    };
    await writer.addDeflated(MANIFEST_FILE, once(JSON.stringify(manifest(honest))));
    await writer.finish();
    await writer.close();
  });
}

async function inFile(write: (path: string) => Promise<void>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'art-archive-'));
  try {
    const path = join(folder, 'archive.zip');
    await write(path);
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
