import { createHash } from 'node:crypto';
import { inOrder } from '../datasets/ordered.ts';
import { ArtError, messageOf, UsageError } from '../errors.ts';
import { type ArchivedRows, insertArchivedRows, insertSharedRows } from '../store/archived/insert-rows.ts';
import { type ArchivedCampaign, CAMPAIGN_ID, OWN_TABLES } from '../store/archived/rows.ts';
import { claimImages } from '../store/claim-images.ts';
import { chainOf, isDiskFull } from '../store/disk-full.ts';
import type { ImageStore } from '../store/image-store.ts';
import { findById, lockImport } from '../store/import.ts';
import type { Database, Store } from '../store/open-store.ts';
import { StoreError } from '../store/store-error.ts';
import { ArchiveError } from './archive-error.ts';
import { campaignLines } from './campaign-lines.ts';
import { checkArchive } from './check-archive.ts';
import { fileOf, type Manifest } from './manifest.ts';
import { type ArchivedPicture, OpenArchive } from './open-archive.ts';

/** Pictures that are stored at once. */
const WRITES_AT_ONCE = 8;

/** How an archive is imported. */
export interface ImportOptions {
  /** Another id for the campaign than the one that it had. */
  readonly as?: string;
  /** Stops it; nothing of the campaign is to be seen then. */
  readonly signal?: AbortSignal;
  /** Hears how many pictures have been checked, then how many have been stored. */
  readonly onPicture?: (step: 'check' | 'store', done: number, total: number) => void;
}

/** What became of an archive. */
export interface ImportedCampaign {
  /** `present`: the same campaign was there already, and no row of it was changed. */
  readonly status: 'imported' | 'present';
  /** Its id here. */
  readonly id: string;
  readonly campaign: ArchivedCampaign;
  readonly manifest: Manifest;
  /** Pictures that were stored: all, or those that were missing here. */
  readonly picturesStored: number;
}

/**
 * Takes in a campaign from an archive (`docs/archives.md`), whoever wrote it: everything is checked before anything
 * is stored, then pictures are stored, then all rows in one transaction. Of a campaign that is there already, only
 * missing pictures are put back.
 *
 * @throws {@link ArchiveError} for an archive that is damaged, hostile or too new: nothing was stored;
 *   `CAMPAIGN_DIFFERS` where a campaign of that id, and with other content, is there
 * @throws {@link UsageError} `BAD_CAMPAIGN_ID`
 * @throws {@link StoreError} when it cannot be stored: no row of it was
 */
export async function importCampaign(
  store: Store,
  path: string,
  options: ImportOptions = {},
): Promise<ImportedCampaign> {
  const checked = await openChecked(path, options);
  try {
    return await takeIn(store, checked, options);
  } finally {
    await checked.archive.close();
  }
}

/** An archive in which everything has been checked. */
export interface CheckedArchive {
  /** To be closed. */
  readonly archive: OpenArchive;
  readonly campaign: ArchivedCampaign;
}

/**
 * Opens an archive and checks everything in it: the first half of {@link importCampaign}, for which no store is
 * needed.
 *
 * @throws {@link ArchiveError}
 */
export async function openChecked(path: string, options: ImportOptions = {}): Promise<CheckedArchive> {
  const { signal, onPicture } = options;
  const archive = await OpenArchive.open(path);
  try {
    const campaign = await checkArchive(archive, (done, total) => {
      signal?.throwIfAborted();
      onPicture?.('check', done, total);
    });
    signal?.throwIfAborted();
    return { archive, campaign };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Stores what was checked: the other half of {@link importCampaign}. */
export async function takeIn(
  store: Store,
  checked: CheckedArchive,
  options: ImportOptions = {},
): Promise<ImportedCampaign> {
  const { archive, campaign } = checked;
  const { as = campaign.id, signal } = options;
  if (!CAMPAIGN_ID.test(as)) throw badId(as);
  const { database, images } = store;
  const rows: ArchivedRows = (table) => archive.rows(table);
  return await importing(async () => {
    await claimImages(store);
    const before = await isPresent(database, as, checked);
    const missing = before ? (picture: ArchivedPicture) => isMissing(images, picture) : undefined;
    const put = (wanted: ((picture: ArchivedPicture) => Promise<boolean>) | undefined) =>
      storePictures(images, archive, { options, wanted });
    const first = await put(missing);
    const { present, again } = await database.transaction(async (transaction) => {
      await lockImport(transaction, `campaign ${as}`);
      // Somebody else may have been faster.
      const isThere = before || (await isPresent(transaction, as, checked));
      const raised = isThere
        ? await insertSharedRows(transaction, rows)
        : await insertArchivedRows(transaction, as, { campaign, rows });
      const stored = raised.size === 0 ? 0 : await put(async ({ hash }) => raised.has(hash));
      signal?.throwIfAborted();
      return { present: isThere, again: stored };
    });
    const picturesStored = Math.max(first, again);
    const status = present ? 'present' : 'imported';
    return { status, id: as, campaign, manifest: archive.manifest, picturesStored };
  });
}

/**
 * Whether the same campaign is there.
 *
 * @throws {@link ArchiveError} `CAMPAIGN_DIFFERS` where it is another one
 */
async function isPresent(
  database: Database,
  id: string,
  { archive, campaign }: CheckedArchive,
): Promise<boolean> {
  const there = await findById(database, id);
  if (there === undefined) return false;
  const differing = await database.transaction(async (moment) => {
    for (const table of OWN_TABLES) {
      const hash = createHash('sha256');
      const lines = campaignLines(moment, table, id, { pictures: true, id: campaign.id });
      for await (const text of lines) hash.update(text);
      const listed = archive.manifest.tables.find(({ file }) => file === fileOf(table));
      if (listed?.sha256 !== hash.digest('hex')) return table;
    }
    return undefined;
  });
  if (differing === undefined) return true;
  throw new ArchiveError({
    code: 'CAMPAIGN_DIFFERS',
    message: `There is a campaign ${id} already, and it is not the one in the archive: their ${differing.replaceAll('_', ' ')} differ.`,
    hint: 'Nothing was changed. Import it beside the other one under another id: --as NEW-ID',
    data: { campaign: id, table: differing },
  });
}

/**
 * Stores pictures of an archive, durably.
 *
 * @param how.wanted which; `undefined`: all
 * @returns how many were stored
 */
async function storePictures(
  images: ImageStore,
  archive: OpenArchive,
  how: {
    readonly options: ImportOptions;
    readonly wanted: ((picture: ArchivedPicture) => Promise<boolean>) | undefined;
  },
): Promise<number> {
  const { options, wanted } = how;
  const { signal, onPicture } = options;
  const total = archive.manifest.pictures.count;
  let done = 0;
  let stored = 0;
  const store = async (picture: ArchivedPicture) => {
    signal?.throwIfAborted();
    if (wanted !== undefined && !(await wanted(picture))) return false;
    await images.put(picture, picture.content, { signal });
    return true;
  };
  for await (const wasStored of inOrder(archive.pictures(), WRITES_AT_ONCE, store)) {
    if (wasStored) stored++;
    onPicture?.('store', ++done, total);
  }
  return stored;
}

async function isMissing(images: ImageStore, picture: ArchivedPicture): Promise<boolean> {
  try {
    await images.get(picture);
    return false;
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'IMAGE_MISSING' || error.code === 'IMAGE_DAMAGED'))
      return true;
    throw error;
  }
}

/** Whatever the store cannot do has undone the transaction: nothing of the campaign is to be seen. */
async function importing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const known = cause instanceof StoreError ? cause : undefined;
    const isStores = known !== undefined || !(cause instanceof ArtError);
    if (known?.code === 'IMAGES_ELSEWHERE') throw cause;
    if (!isStores || (cause instanceof Error && cause.name === 'AbortError')) throw cause;
    const full = isDiskFull(cause);
    throw new StoreError({
      code: known?.code ?? (full ? 'DISK_FULL' : 'STORE_FAILED'),
      message: full
        ? 'The disk is full: the campaign cannot be stored.'
        : (known?.message ?? `The store could not be written: ${messageOf(chainOf(cause).at(-1))}`),
      hint: `Nothing of the campaign was imported. ${full ? 'Make room' : 'Check the disk and the database'}, then give the same command again.`,
      data: known?.data ?? {},
      cause,
    });
  }
}

function badId(id: string): UsageError {
  return new UsageError({
    code: 'BAD_CAMPAIGN_ID',
    message: `--as ${JSON.stringify(id.slice(0, 100))}: this is no id of a campaign.`,
    hint: 'Up to 100 letters, digits, - and _, beginning with a letter or a digit; not latest.',
    data: { id },
  });
}
