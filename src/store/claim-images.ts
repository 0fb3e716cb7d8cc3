import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { MARKER_NAME } from './image-names.ts';
import type { ImageAccess } from './image-store.ts';
import type { Database, Store } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { imagePlaces, images } from './schema.ts';
import { StoreError } from './store-error.ts';

/** The images of an embedded database, where nothing else is asked for: they go with it, and need no marker. */
const OWN_FOLDER = 'the data folder';
const ONLY = 1;
/** So many pictures are looked for in a place before it is taken for another one. */
const PROBES = 5;

const markerSchema = z.object({ token: z.string() });

/**
 * Makes sure that the images of a store are where its database has them: what is stored somewhere else would be missing
 * to everybody else, and what is looked for there would be taken for lost. The first place is claimed, with a marker
 * beside the images that the database knows; a place without pictures of the database can be changed for another.
 *
 * To be called before pictures are stored or removed, outside of transactions.
 *
 * @throws {@link StoreError} `IMAGES_ELSEWHERE`, or where the place cannot be reached
 */
export async function claimImages(store: Store, access: ImageAccess = {}): Promise<void> {
  const place = placeOf(store);
  if (store.kind === 'embedded') return await claim(store, place, access);
  // As nearly always: nothing has to be locked for that.
  const known = await readPlace(store.database);
  if (isSame(place, await readToken(store, place, access), known)) return;
  await store.database.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(hashtext('art.image_places'))`);
    await claim(store, place, access);
  });
}

/**
 * Takes another place for the images of a database, after they have been moved there.
 *
 * @throws {@link StoreError} `IMAGES_ELSEWHERE` where one that the database refers to is not there
 */
export async function moveImages(store: Store): Promise<void> {
  const there = new Set<string>();
  for await (const { image } of store.images.list()) if (image !== undefined) there.add(image.hash);
  const rows = rowsOf(
    await store.database.execute(sql`
      select case when kept = 'blurred' then kept_hash else hash end as hash from ${images}
      where kept <> 'none' and dropped_at is null`),
  );
  const missing = rows.filter(({ hash }) => !there.has(String(hash))).length;
  if (missing > 0) {
    throw elsewhere(
      `${missing} of ${rows.length} pictures that the database refers to are not in ${store.images.location}.`,
      'Copy all of them, then say it again. Nothing was changed.',
    );
  }
  await writePlace(store, placeOf(store));
}

interface Place {
  readonly token: string;
  readonly location: string;
}

/** How a place is called in the database: a folder is one of a machine. */
function placeOf({ kind, dataDir, images: { location } }: Store): string {
  if (kind === 'embedded' && location === join(dataDir, 'images')) return OWN_FOLDER;
  return location.startsWith('s3://') ? location : `${location} on ${hostname()}`;
}

async function readPlace(database: Database): Promise<Place | undefined> {
  const [row] = await database.select().from(imagePlaces).where(eq(imagePlaces.id, ONLY));
  return row;
}

/** What the marker of a place says; the data folder has none. */
async function readToken(
  { images: store }: Store,
  place: string,
  access: ImageAccess,
): Promise<string | undefined> {
  return place === OWN_FOLDER ? undefined : tokenOf(await store.readMarker(access));
}

function isSame(place: string, token: string | undefined, known: Place | undefined): boolean {
  if (known === undefined) return false;
  if (place === OWN_FOLDER || known.location === OWN_FOLDER) return place === known.location;
  return token === known.token;
}

async function claim(store: Store, place: string, access: ImageAccess): Promise<void> {
  // Somebody else may have been faster.
  const known = await readPlace(store.database);
  const token = await readToken(store, place, access);
  if (isSame(place, token, known)) return;
  if (token !== undefined && (known === undefined || known.location !== place)) {
    throw elsewhere(
      `The pictures in ${store.images.location} are those of another database.`,
      `Choose a folder or prefix of its own with --images. If that database is gone, remove ${MARKER_NAME} there.`,
    );
  }
  if (!(await mayClaim(store, known))) {
    const where = known === undefined ? 'somewhere else' : `in ${known.location}`;
    throw elsewhere(
      `The pictures of this database are ${where}, not in ${place === OWN_FOLDER ? OWN_FOLDER : store.images.location}.`,
      'Name their place with --images or ART_IMAGES. If you have moved them here: art gc --moved',
    );
  }
  await writePlace(store, place);
}

/** Whether the database has no pictures yet; or, where it does not say where they are, whether some are here. */
async function mayClaim({ database, images: store }: Store, known: Place | undefined): Promise<boolean> {
  const kept = await database.select().from(images).where(eq(images.kept, 'full')).limit(PROBES);
  if (kept.length === 0) return true;
  if (known !== undefined) return false;
  for (const image of kept) {
    try {
      await store.get(image);
      return true;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'IMAGE_MISSING')) throw error;
    }
  }
  return false;
}

/** First the database, then the marker: broken off in between, it is done again. */
async function writePlace({ database, images: store }: Store, location: string): Promise<void> {
  const token = randomUUID();
  const row = { token, location };
  await database
    .insert(imagePlaces)
    .values({ id: ONLY, ...row })
    .onConflictDoUpdate({ target: imagePlaces.id, set: row });
  if (location !== OWN_FOLDER) await store.writeMarker(`${JSON.stringify({ token })}\n`);
}

function tokenOf(marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined;
  try {
    return markerSchema.parse(JSON.parse(marker)).token;
  } catch {
    // Not what we write: no token of ours.
    return '';
  }
}

function elsewhere(message: string, hint: string): StoreError {
  return new StoreError({ code: 'IMAGES_ELSEWHERE', message, hint });
}
