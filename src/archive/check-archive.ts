import { hash } from 'node:crypto';
import { checkImage } from '../models/check-image.ts';
import { ModelError } from '../models/model-error.ts';
import type { ArchivedCampaign, ArchivedRow, ArchivedTable } from '../store/archived/rows.ts';
import { BLURRED_MEDIA_TYPE, keptKey } from '../store/kept-picture.ts';
import { promptHash } from '../store/prompt-embeddings.ts';
import { damaged, malformed, unsafe } from './archive-error.ts';
import { HashList } from './hash-list.ts';
import { fileOf } from './manifest.ts';
import type { ArchivedPicture, OpenArchive } from './open-archive.ts';
import { entryOfPicture } from './picture-entry.ts';

/** Rows that a table has at most: what has to be remembered of them stays in memory. */
const MOST_ROWS = 10_000_000;
/** Of tables with a row a judge. */
const MOST_JUDGES = 10_000;

/** Hears how many of the pictures were checked. */
export type OnPicture = (done: number, total: number) => void;

/**
 * Reads the whole archive and checks that a campaign can be made of it: every hash, every row, what rows refer to,
 * every picture. Nothing is stored.
 *
 * @throws ArchiveError
 */
export async function checkArchive(
  archive: OpenArchive,
  onPicture: OnPicture = () => undefined,
): Promise<ArchivedCampaign> {
  for (const { file, rows } of archive.manifest.tables) {
    const most =
      file === fileOf('added_judges') || file === fileOf('judge_measurements') ? MOST_JUDGES : MOST_ROWS;
    if (rows > most) throw unsafe(`${file} has ${rows} rows; ${most} are taken at most.`);
  }
  const campaign = await checkCampaign(archive);
  const known = await readImages(archive);
  await checkRows(archive, known);
  await checkPictures(archive, known, onPicture);
  return campaign;
}

async function checkCampaign(archive: OpenArchive): Promise<ArchivedCampaign> {
  const rows: ArchivedCampaign[] = [];
  for await (const row of archive.rows('campaigns')) {
    rows.push(row);
    if (rows.length > 1) break;
  }
  const [campaign] = rows;
  if (campaign === undefined || rows.length > 1) throw malformed('it holds not one campaign.');
  const told = archive.manifest.campaign;
  if (told.id !== campaign.id || told.name !== campaign.name || told.status !== campaign.status)
    throw malformed('its manifest tells of another campaign.');
  return campaign;
}

/** What is known of an archive's pictures from their rows. */
interface KnownImages {
  readonly hashes: HashList;
  /** The hashes of the files that are left of them. */
  readonly files: HashList;
  /** Whether anything refers to them. */
  readonly used: Uint8Array;
}

async function readImages(archive: OpenArchive): Promise<KnownImages> {
  const hashes = new HashList();
  const files = new HashList();
  let last = '';
  for await (const image of archive.rows('images')) {
    if (image.hash <= last) throw malformed(`${fileOf('images')} is out of order.`);
    last = image.hash;
    hashes.add(image.hash);
    const file = keptKey(image);
    if (file !== undefined) files.add(file.hash);
  }
  return { hashes, files, used: new Uint8Array(hashes.size) };
}

async function checkRows(archive: OpenArchive, known: KnownImages): Promise<void> {
  const conversations = await each(archive, 'conversations', {
    key: ({ category, number }) => [category, number],
  });
  const prompts = new HashList();
  const turns = await each(archive, 'turns', {
    key: ({ conversation, round }) => [conversation, round],
    check: ({ conversation, imageHash, prompt }) => {
      prompts.add(promptHash(prompt));
      return conversation < conversations && use(known, imageHash);
    },
  });
  await each(archive, 'evaluation_images', {
    key: ({ turn, number }) => [turn, number],
    check: ({ turn, imageHash }) => turn < turns && use(known, imageHash),
  });
  if (known.used.includes(0)) throw malformed(`${fileOf('images')} has pictures that belong to nothing.`);
  await each(archive, 'verdicts', {
    key: ({ turn, subject, number, judge }) => [turn, subject, number, judge],
    check: ({ turn }) => turn < turns,
  });
  await each(archive, 'requests', { check: ({ turn }) => turn < turns });
  await each(archive, 'labels', {
    key: ({ turn, subject, number, reviewer }) => [turn, subject, number, reviewer],
    check: ({ turn }) => turn < turns,
  });
  await each(archive, 'added_judges', { key: ({ subject, name }) => [subject, name] });
  await each(archive, 'prompt_embeddings', {
    key: ({ revision, promptHash: of }) => [revision, of],
    check: ({ promptHash: of }) => prompts.has(of),
  });
  await each(archive, 'judge_measurements', {});
}

/**
 * Reads a table to its end.
 *
 * @param of.key what no two rows have in common
 * @param of.check whether what a row refers to is there
 * @returns how many rows it has
 */
async function each<Table extends ArchivedTable>(
  archive: OpenArchive,
  table: Table,
  of: {
    readonly key?: (row: ArchivedRow<Table>) => readonly (string | number)[];
    readonly check?: (row: ArchivedRow<Table>) => boolean;
  },
): Promise<number> {
  const keys = new HashList(16);
  let rows = 0;
  for await (const row of archive.rows(table)) {
    rows++;
    if (of.check?.(row) === false)
      throw malformed(`${fileOf(table)}, line ${rows}, refers to something that is not there.`);
    if (of.key !== undefined) keys.add(hash('sha256', JSON.stringify(of.key(row)), 'hex'));
  }
  if (keys.hasDoubles()) throw malformed(`${fileOf(table)} has a row twice.`);
  return rows;
}

/** Notes that an image is referred to; `false` where there is none of that hash. */
function use({ hashes, used }: KnownImages, imageHash: string | null): boolean {
  if (imageHash === null) return true;
  const place = hashes.placeOf(imageHash);
  if (place === undefined) return false;
  used[place] = 1;
  return true;
}

async function checkPictures(
  archive: OpenArchive,
  { files }: KnownImages,
  onPicture: OnPicture,
): Promise<void> {
  const { count } = archive.manifest.pictures;
  const seen = new HashList();
  const images = archive.rows('images');
  // Both in the order of their hashes: they are walked side by side.
  let image = await images.next();
  for await (const picture of archive.pictures()) {
    if (!files.has(picture.hash))
      throw malformed(`${entryOfPicture(picture)} belongs to nothing in ${fileOf('images')}.`);
    while (!image.done && image.value.hash < picture.hash) image = await images.next();
    const row = image.done || image.value.hash !== picture.hash ? undefined : image.value;
    // A blurred copy has no row of its own.
    await checkPicture(picture, row?.kept === 'full' ? row : undefined);
    seen.add(picture.hash);
    onPicture(seen.size, count);
  }
  await images.return(undefined);
  for await (const of of archive.rows('images')) {
    const file = keptKey(of);
    if (file !== undefined && !seen.has(file.hash)) throw damaged(`${entryOfPicture(file)} is missing.`);
  }
}

async function checkPicture(picture: ArchivedPicture, row: ArchivedRow<'images'> | undefined): Promise<void> {
  const name = entryOfPicture(picture);
  const found = await checkImage(picture.content, name).catch((cause: unknown) => {
    if (cause instanceof ModelError)
      throw malformed(`${name} is no picture of the kind and size that ART takes.`);
    throw cause;
  });
  if (found.mediaType !== picture.mediaType) throw malformed(`${name} is a file of ${found.mediaType}.`);
  if (row === undefined) {
    if (found.mediaType !== BLURRED_MEDIA_TYPE) throw malformed(`${name} is no blurred copy.`);
    return;
  }
  if (
    row.mediaType !== found.mediaType ||
    row.width !== found.width ||
    row.height !== found.height ||
    row.byteLength !== picture.content.byteLength
  )
    throw malformed(`${name} is not what ${fileOf('images')} tells of it.`);
}
