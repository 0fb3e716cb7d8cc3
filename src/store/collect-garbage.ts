import { type SQL, sql } from 'drizzle-orm';
import { UsageError } from '../errors.ts';
import type { ImageKey } from './image-store.ts';
import type { Store } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { embeddings, evaluationImages, images, turns } from './schema.ts';
import { type SettleOptions, settleImages, wishesOn } from './settle-images.ts';

/** How many images are looked up in one statement. */
const BATCH = 500;
/**
 * How long the row of a picture that is gone stays on a server though nothing refers to it: longer than anybody takes
 * from storing a picture to committing what refers to it, who learns from the row that it is gone.
 */
const ROW_KEPT_HOURS = 24;
/** So many pictures of which the database knows nothing may be what crashes have left. */
const FEW = 100;

/** What {@link collectGarbage} needs from outside. */
export interface GarbageOptions extends Pick<SettleOptions, 'blur' | 'signal'> {
  /** What was written so lately is left alone, in milliseconds: somebody may be about to commit what refers to it. */
  readonly graceMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Only says what would be removed. */
  readonly dryRun?: boolean;
  /** Looks only at what was written since, in Unix milliseconds. */
  readonly since?: number;
  /** Removes also where most pictures are unknown to the database. */
  readonly force?: boolean;
}

/** Files, counted. */
export interface FileCount {
  readonly count: number;
  readonly bytes: number;
}

/** What was removed, or would be. */
export interface Garbage {
  readonly images: FileCount;
  /** Images whose way in a crash has cut off. */
  readonly drafts: FileCount;
  /** Rows of images that nothing refers to. */
  readonly rows: number;
  /** Cached vectors of images that were removed. */
  readonly embeddings: number;
  /** Files that nothing refers to, left alone because they are young. */
  readonly young: FileCount;
  /** Files that stay. */
  readonly kept: FileCount;
}

/** A file that nothing wants. */
interface Unwanted {
  readonly key: ImageKey;
  readonly byteLength: number;
}

/**
 * Removes images that no row refers to (or that every campaign that refers to them has let go of), drafts that crashes have
 * left, rows of images that nothing refers to, and the cached vectors of these images.
 *
 * It may be run while campaigns run: what is young is left alone, and of the rest {@link settleImages} removes nothing
 * that somebody is just storing, however long ago. A picture that nothing is known of gets a row first, marked as gone,
 * so that the same holds for it.
 *
 * @throws {@link UsageError} `IMAGES_OF_OTHERS` where most pictures are unknown to the database
 */
export async function collectGarbage(store: Store, options: GarbageOptions): Promise<Garbage> {
  const { graceMs, now, dryRun = false, signal } = options;
  const before = now() - graceMs;
  const found = await scan(store, { before, since: options.since ?? 0, signal });
  if (!(options.force ?? false)) refuseOthers(store, found);
  const counts = {
    drafts: countOf(found.drafts),
    young: found.young,
    kept: found.kept,
  };
  const unwanted = found.unwanted.map(({ key }) => key.hash);
  if (dryRun) {
    return {
      ...counts,
      images: countOf(found.unwanted),
      rows: await countRows(store, found.youngHashes),
      embeddings: await countEmbeddings(store, unwanted),
    };
  }
  for (const { name } of found.drafts) await store.images.deleteDraft(name, { signal });
  // Rows that nothing refers to: their files may not be listed (yet), and their blurred copies go with them.
  const loose = await settleImages(store, await listLooseRows(store, found.youngHashes), options);
  await markUnknown(store, found.unwanted);
  const settled = await settleImages(store, unwanted, { ...options, seen: true });
  const gone = new Set([...loose.gone, ...settled.gone]);
  return {
    ...counts,
    images: countOf(found.unwanted.filter(({ key }) => gone.has(key.hash))),
    rows: Math.max(0, (await forgetRows(store, found.youngHashes)) - found.unknown),
    embeddings: settled.embeddings + loose.embeddings,
  };
}

/** What a look through all files has found. */
interface Found {
  readonly drafts: readonly { readonly name: string; readonly byteLength: number }[];
  readonly unwanted: readonly Unwanted[];
  /** How many of them no row tells of. */
  readonly unknown: number;
  readonly young: FileCount;
  readonly youngHashes: ReadonlySet<string>;
  readonly kept: FileCount;
}

/** Which files are looked at, and up to when written they are not young, in Unix milliseconds. */
interface ScanOptions {
  readonly before: number;
  readonly since: number;
  readonly signal: AbortSignal | undefined;
}

async function scan(store: Store, { before, since, signal }: ScanOptions): Promise<Found> {
  const drafts: { name: string; byteLength: number }[] = [];
  const unwanted: Unwanted[] = [];
  const youngHashes = new Set<string>();
  let unknown = 0;
  let young: FileCount = { count: 0, bytes: 0 };
  let kept: FileCount = { count: 0, bytes: 0 };
  let batch: (Unwanted & { readonly isYoung: boolean })[] = [];
  const look = async () => {
    const states = await readStates(
      store,
      batch.map(({ key }) => key.hash),
    );
    for (const { isYoung, ...file } of batch) {
      const state = states.get(file.key.hash);
      if (state === 'wanted') kept = added(kept, file.byteLength);
      else if (isYoung) {
        young = added(young, file.byteLength);
        youngHashes.add(file.key.hash);
      } else {
        unwanted.push(file);
        if (state === undefined) unknown++;
      }
    }
    batch = [];
  };
  for await (const { name, image, byteLength, modifiedAt } of store.images.list({ signal })) {
    if (modifiedAt.getTime() < since) continue;
    const isYoung = modifiedAt.getTime() > before;
    if (image !== undefined) batch.push({ key: image, byteLength, isYoung });
    else if (isYoung) young = added(young, byteLength);
    else drafts.push({ name, byteLength });
    if (batch.length >= BATCH) await look();
  }
  await look();
  return { drafts, unwanted, unknown, young, youngHashes, kept };
}

/** Whether files are wanted, by their hashes: as pictures or as copies; nothing of those that no row tells of. */
async function readStates(
  { database }: Store,
  hashes: readonly string[],
): Promise<Map<string, 'wanted' | 'unwanted'>> {
  if (hashes.length === 0) return new Map();
  const list = listed(hashes);
  const rows = rowsOf(
    await database.execute(sql`
      with wishes as (${wishesOn(hashes, undefined)})
      select i.hash, i.kept = 'full' and coalesce(max(w.wanted), 0) = 2 as wanted
      from ${images} i left join wishes w on w.hash = i.hash
      where i.hash in ${list} group by i.hash
      union all
      select i.kept_hash, true from ${images} i
      where i.kept_hash in ${list} and i.kept = 'blurred' and ${isReferred}`),
  );
  const states = new Map<string, 'wanted' | 'unwanted'>();
  for (const { hash, wanted } of rows) {
    if (wanted === true || !states.has(String(hash))) {
      states.set(String(hash), wanted === true ? 'wanted' : 'unwanted');
    }
  }
  return states;
}

/** Of an image `i`: whether any row refers to it. */
const isReferred = sql`(
  exists (select from ${turns} t where t.image_hash = i.hash)
  or exists (select from ${evaluationImages} e where e.image_hash = i.hash))`;

/** Another database that keeps its pictures in the same place would lose all of them. */
function refuseOthers({ images: { location } }: Store, { unknown, unwanted, kept, young }: Found): void {
  const all = unwanted.length + kept.count + young.count;
  if (unknown <= FEW || unknown <= all / 2) return;
  throw new UsageError({
    code: 'IMAGES_OF_OTHERS',
    message: `${unknown} of ${all} pictures in ${location} are unknown to this database: does another one keep its pictures there?`,
    hint: 'Check --database, --data-dir and --images. If they are right, and nobody else uses the place: --force.',
    data: { location, unknown, all },
  });
}

/** Gives pictures that nothing is known of a row that says they are gone. */
async function markUnknown({ database }: Store, unwanted: readonly Unwanted[]): Promise<void> {
  for (let start = 0; start < unwanted.length; start += BATCH) {
    const rows = unwanted
      .slice(start, start + BATCH)
      .map(({ key, byteLength }) => ({ hash: key.hash, type: key.mediaType, bytes: byteLength }))
      .toSorted((one, other) => (one.hash < other.hash ? -1 : 1));
    await database.execute(sql`
      insert into ${images} (hash, media_type, width, height, byte_length, kept)
      select r.hash, r.type, 0, 0, r.bytes, 'none'
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(hash text, type text, bytes int)
      on conflict do nothing`);
  }
}

/** Rows that nothing refers to, of images of which something may be left. */
async function listLooseRows({ database }: Store, young: ReadonlySet<string>): Promise<string[]> {
  const rows = rowsOf(
    await database.execute(
      sql`select i.hash from ${images} i where (i.kept <> 'none' or i.dropped_at is null) and not ${isReferred}`,
    ),
  );
  return rows.map(({ hash }) => String(hash)).filter((hash) => !young.has(hash));
}

async function countRows(store: Store, young: ReadonlySet<string>): Promise<number> {
  const condition = store.kind === 'embedded' ? sql`true` : isOldRow(ROW_KEPT_HOURS);
  const rows = rowsOf(
    await store.database.execute(
      sql`select i.hash from ${images} i where ${condition} and not ${isReferred}`,
    ),
  );
  return rows.filter(({ hash }) => !young.has(String(hash))).length;
}

async function countEmbeddings({ database }: Store, hashes: readonly string[]): Promise<number> {
  const rows = rowsOf(
    await database.execute(
      sql`select count(*)::int as count from ${embeddings} where image_hash in ${listed(hashes)}`,
    ),
  );
  return Number(rows[0]?.count ?? 0);
}

/** Of an image `i`: whether its file has been gone for so long. */
function isOldRow(hours: number): SQL {
  return sql`(i.kept <> 'full' and i.dropped_at <= clock_timestamp() - make_interval(hours => ${hours}))`;
}

/** Rows that nothing refers to and whose files are gone, without those of young files. */
async function forgetRows(store: Store, young: ReadonlySet<string>): Promise<number> {
  const rows = rowsOf(
    await store.database.execute(
      sql`select i.hash from ${images} i where ${isOldRow(rowHours(store))} and not ${isReferred}`,
    ),
  );
  return await forgetImageRows(
    store,
    rows.map(({ hash }) => String(hash)).filter((hash) => !young.has(hash)),
  );
}

/** Nobody else works on an embedded store. */
function rowHours({ kind }: Store): number {
  return kind === 'embedded' ? 0 : ROW_KEPT_HOURS;
}

/**
 * Removes rows of images whose files are gone, unless something refers to them. They are locked first: whoever refers to
 * one meanwhile is seen by the second statement. On a server young ones stay until `art gc` is run another day.
 *
 * @returns how many
 */
export async function forgetImageRows(store: Store, hashes: readonly string[]): Promise<number> {
  return await store.database.transaction(async (transaction) => {
    const locked = rowsOf(
      await transaction.execute(sql`
        select i.hash from ${images} i
        where i.hash in ${listed(hashes)} and ${isOldRow(rowHours(store))}
        order by i.hash for update`),
    );
    const removed = rowsOf(
      await transaction.execute(sql`
        with removed as (
          delete from ${images} i
          where i.hash in ${listed(locked.map(({ hash }) => String(hash)))} and not ${isReferred} returning 1
        )
        select count(*)::int as count from removed`),
    );
    return Number(removed[0]?.count ?? 0);
  });
}

function listed(hashes: readonly string[]): SQL {
  return sql`(select jsonb_array_elements_text(${JSON.stringify(hashes)}::jsonb))`;
}

function countOf(files: readonly { readonly byteLength: number }[]): FileCount {
  return { count: files.length, bytes: files.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

function added({ count, bytes }: FileCount, byteLength: number): FileCount {
  return { count: count + 1, bytes: bytes + byteLength };
}
