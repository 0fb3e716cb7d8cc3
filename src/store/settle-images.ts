import { inArray, type SQL, sql } from 'drizzle-orm';
import { contentHash } from './content-hash.ts';
import type { ImageKey } from './image-store.ts';
import { BLURRED_MEDIA_TYPE } from './kept-picture.ts';
import type { Database, Store } from './open-store.ts';
import { rowsOf } from './rows.ts';
import {
  campaigns,
  conversations,
  embeddings,
  evaluationImages,
  images,
  type KeptPicture,
  turns,
} from './schema.ts';
import { StoreError } from './store-error.ts';

/** How many images are looked at in one statement, and held while their files go. */
const BATCH = 100;
/** Files that are removed at once. */
const AT_ONCE = 8;

/** What {@link settleImages} needs from outside. */
export interface SettleOptions {
  /** The blurred copy of a picture; `undefined` for what cannot be decoded. */
  readonly blur: (bytes: Uint8Array) => Promise<Uint8Array | undefined>;
  /** A campaign that is not to be resumed: its conversations need their pictures no longer. */
  readonly abandoned?: string | undefined;
  /** Files of the images have been seen: they are removed also where that has been done before. */
  readonly seen?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What became of images. */
export interface Settled {
  /** Pictures that were removed, those replaced by a blurred copy among them. */
  readonly pictures: number;
  readonly bytes: number;
  /** How many of them have left a blurred copy. */
  readonly blurred: number;
  /** Cached vectors that were removed with them. */
  readonly embeddings: number;
  /** The hashes of the files that were removed: also of copies, and of what a process which died had left. */
  readonly gone: readonly string[];
}

const NOTHING: Settled = { pictures: 0, bytes: 0, blurred: 0, embeddings: 0, gone: [] };

/** What all that refers to an image wants kept of it. */
interface Wish {
  readonly key: ImageKey;
  readonly byteLength: number;
  readonly kept: KeptPicture;
  readonly keptHash: string | null;
  readonly wanted: KeptPicture;
  /** Whether its file has been removed. */
  readonly isGone: boolean;
  /** Whether it is the blurred copy of another. */
  readonly isCopy: boolean;
}

/**
 * Makes images what all campaigns together want of them: whole where one that keeps pictures refers to them, or a
 * conversation that has not ended needs them; else a blurred copy where one wants that; else nothing. The rows stay: one
 * that is `full` has its file, one that is not and has been dropped at some time has none, and in between it may have.
 *
 * It removes no picture that somebody is just storing. (1) The rows are locked, and only then, in a statement of its own,
 * it is read again who refers to them: whoever committed before is seen, whoever comes later waits. What nobody wants is
 * marked as gone, and that is committed. (2) The rows are locked again and, while they are, the files of those still
 * marked are removed. A commit that comes after (1) finds the mark and stores the picture again (`commit-picture.ts`),
 * and can do so only before (2), which then leaves it alone, or after it. A process that dies in (2) leaves the marks:
 * files that are still there are removed by the next one.
 */
export async function settleImages(
  store: Pick<Store, 'database' | 'images'>,
  hashes: readonly string[],
  options: SettleOptions,
): Promise<Settled> {
  let total = NOTHING;
  for (let start = 0; start < hashes.length; start += BATCH) {
    options.signal?.throwIfAborted();
    const settled = await settleBatch(store, hashes.slice(start, start + BATCH), options);
    total = {
      pictures: total.pictures + settled.pictures,
      bytes: total.bytes + settled.bytes,
      blurred: total.blurred + settled.blurred,
      embeddings: total.embeddings + settled.embeddings,
      gone: [...total.gone, ...settled.gone],
    };
  }
  return total;
}

async function settleBatch(
  store: Pick<Store, 'database' | 'images'>,
  hashes: readonly string[],
  options: SettleOptions,
): Promise<Settled> {
  const { database } = store;
  const { seen = false } = options;
  const before = await readWishes(database, hashes, options.abandoned);
  const copies = await makeCopies(store, before, options);
  const marked = await database.transaction(async (transaction) => {
    await lock(transaction, hashes);
    const wishes = (await readWishes(transaction, hashes, options.abandoned)).filter(({ isCopy }) => !isCopy);
    const leave = wishes.filter(({ key, kept, wanted }) => {
      if (wanted === 'none') return kept !== 'none';
      // Of a picture that has come to be wanted as a copy only now there is none yet: the next time.
      return wanted === 'blurred' && kept === 'full' && copies.has(key.hash);
    });
    await mark(transaction, leave, copies);
    const left = new Set(leave.map(({ key }) => key.hash));
    return wishes.filter(
      ({ key, kept, isGone }) => left.has(key.hash) || (kept !== 'full' && (seen || !isGone)),
    );
  });
  if (marked.length === 0) return NOTHING;
  return await database.transaction(async (transaction) => {
    const gone = await lock(
      transaction,
      marked.map(({ key }) => key.hash),
      sql`and kept <> 'full'`,
    );
    const removed = marked.filter(({ key }) => gone.has(key.hash));
    const copiesGone = await unusedCopies(transaction, removed);
    await removeFiles(store, [...removed.map(({ key }) => key), ...copiesGone], options.signal);
    await transaction
      .update(images)
      .set({ droppedAt: sql`clock_timestamp()` })
      .where(inArray(images.hash, [...gone]));
    const forgotten = rowsOf(
      await transaction.execute(sql`
        with forgotten as (delete from ${embeddings} where image_hash in ${listed([...gone])} returning 1)
        select count(*)::int as count from forgotten`),
    );
    const first = removed.filter(({ kept }) => kept === 'full');
    return {
      pictures: first.length,
      bytes: first.reduce((sum, { byteLength }) => sum + byteLength, 0),
      blurred: first.filter(({ key }) => copies.has(key.hash)).length,
      embeddings: Number(forgotten[0]?.count ?? 0),
      gone: [...gone, ...copiesGone.map(({ hash }) => hash)],
    };
  });
}

/** Locks rows in one order, so that nobody waits for each other; gives back those that fit. */
async function lock(
  database: Database,
  hashes: readonly string[],
  condition: SQL = sql``,
): Promise<Set<string>> {
  const rows = rowsOf(
    await database.execute(
      sql`select hash from ${images} where hash in ${listed(hashes)} ${condition} order by hash for update`,
    ),
  );
  return new Set(rows.map(({ hash }) => String(hash)));
}

/** Reads what is kept of images, and what all that refers to them wants. */
async function readWishes(
  database: Database,
  hashes: readonly string[],
  abandoned: string | undefined,
): Promise<Wish[]> {
  const rows = rowsOf(
    await database.execute(sql`
      with wishes as (${wishesOn(hashes, abandoned)})
      select i.hash, i.media_type, i.byte_length, i.kept, i.kept_hash, i.dropped_at is not null as is_gone,
        exists (select from ${images} o where o.kept_hash = i.hash and o.kept = 'blurred') as is_copy, coalesce(max(w.wanted), 0)::int as wanted
      from ${images} i left join wishes w on w.hash = i.hash
      where i.hash in ${listed(hashes)}
      group by i.hash`),
  );
  return rows.map((row) => ({
    key: { hash: String(row.hash), mediaType: String(row.media_type) },
    byteLength: Number(row.byte_length),
    kept: row.kept === 'full' || row.kept === 'blurred' ? row.kept : 'none',
    keptHash: typeof row.kept_hash === 'string' ? row.kept_hash : null,
    isGone: row.is_gone === true,
    isCopy: row.is_copy === true,
    wanted: row.wanted === 2 ? 'full' : row.wanted === 1 ? 'blurred' : 'none',
  }));
}

/** What each reference wants: 2 the whole picture, 1 a blurred copy, 0 nothing. */
export function wishesOn(hashes: readonly string[], abandoned: string | undefined): SQL {
  // An older version has recorded no `retention`, and kept all.
  const byCampaign = sql`case coalesce(c.config ->> 'retention', 'full')
    when 'scores-only' then 0 when 'blurred' then 1 else 2 end`;
  return sql`
    select t.image_hash as hash,
      case when d.status <> 'done' and t.campaign_id <> ${abandoned ?? ''} then 2 else ${byCampaign} end as wanted
    from ${turns} t join ${conversations} d on d.id = t.conversation_id
    left join ${campaigns} c on c.id = t.campaign_id
    where t.image_hash in ${listed(hashes)}
    union all
    select e.image_hash, ${byCampaign}
    from ${evaluationImages} e left join ${campaigns} c on c.id = e.campaign_id
    where e.image_hash in ${listed(hashes)}`;
}

/** Stores the blurred copies that are wanted and not there yet, by the hashes of the pictures. */
async function makeCopies(
  { images: store }: Pick<Store, 'images'>,
  wishes: readonly Wish[],
  { blur, signal }: SettleOptions,
): Promise<Map<string, string | null>> {
  const copies = new Map<string, string | null>();
  for (const { key, kept, wanted } of wishes) {
    if (wanted !== 'blurred' || kept !== 'full') continue;
    const copy = await readable(async () => blur(await store.get(key, { signal })));
    if (copy === undefined) {
      copies.set(key.hash, null);
      continue;
    }
    const hash = contentHash(copy);
    await store.put({ hash, mediaType: BLURRED_MEDIA_TYPE }, copy, { signal });
    copies.set(key.hash, hash);
  }
  return copies;
}

/** `undefined` for a picture that is lost, damaged or none: of that one no copy can be made. */
async function readable(read: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'IMAGE_MISSING' || error.code === 'IMAGE_DAMAGED'))
      return undefined;
    throw error;
  }
}

async function mark(
  database: Database,
  wishes: readonly Wish[],
  copies: ReadonlyMap<string, string | null>,
): Promise<void> {
  const rows = wishes.map(({ key: { hash }, wanted }) => {
    const copy = wanted === 'blurred' ? (copies.get(hash) ?? null) : null;
    return { hash, copy, kept: copy === null ? 'none' : 'blurred' };
  });
  if (rows.length === 0) return;
  await database.execute(sql`
    update ${images} i set kept = r.kept, kept_hash = r.copy, dropped_at = null
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(hash text, copy text, kept text)
    where i.hash = r.hash`);
}

/** The blurred copies that rows named before and none names any more: two pictures may have the same one. */
async function unusedCopies(database: Database, removed: readonly Wish[]): Promise<ImageKey[]> {
  const hashes = removed.flatMap(({ keptHash, wanted }) =>
    keptHash !== null && wanted === 'none' ? [keptHash] : [],
  );
  if (hashes.length === 0) return [];
  const used = rowsOf(
    await database.execute(
      sql`select kept_hash as hash from ${images} where kept_hash in ${listed(hashes)} and kept = 'blurred'`,
    ),
  ).map(({ hash }) => hash);
  return [...new Set(hashes)]
    .filter((hash) => !used.includes(hash))
    .map((hash) => ({ hash, mediaType: BLURRED_MEDIA_TYPE }));
}

async function removeFiles(
  { images: store }: Pick<Store, 'images'>,
  keys: readonly ImageKey[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    await Promise.all(keys.slice(start, start + AT_ONCE).map((key) => store.delete(key, { signal })));
  }
}

/** A list of hashes for `in`, as one parameter. */
function listed(hashes: readonly string[]): SQL {
  return sql`(select jsonb_array_elements_text(${JSON.stringify(hashes)}::jsonb))`;
}
