import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ImageStore } from '../store/image-store.ts';
import { openImages } from '../store/open-images.ts';
import { openPatiently } from '../store/open-patiently.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow, CampaignStatus } from '../store/schema.ts';

/** How the server gets at a store. */
export interface StoreAccess {
  readonly images: ImageStore;
  /** Does something with the open store. */
  use<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /**
   * A number that grows when somebody else may have written to the store; `undefined` where that can only be
   * seen in the store itself.
   */
  changes(): number | undefined;
  /** Where a campaign stands: one that is "running" while nobody runs it was killed. */
  statusOf(campaign: CampaignRow): CampaignStatus;
  close(): Promise<void>;
}

/**
 * A store that is open anyhow, and stays so.
 *
 * @param running the campaign that this process works on; `undefined` with a server, where any may be running
 */
export function heldStore(store: Store, running?: string): StoreAccess {
  return {
    images: store.images,
    use: (work) => work(store),
    changes: () => undefined,
    statusOf: ({ id, status }) =>
      store.kind === 'embedded' && status === 'running' && id !== running ? 'interrupted' : status,
    close: async () => undefined,
  };
}

/** How long an embedded store is kept open after it was last used. */
const IDLE_MS = 1_500;
/** When it has been open for so long, it is closed at once: whoever waits for the folder gets a turn. */
const LONGEST_OPEN_MS = 5_000;
/** How long somebody who holds the folder for a moment, such as `art report`, is waited for. */
const PATIENCE_MS = 1_000;

/** How long {@link storeOnDemand} holds the folder, and waits for it, in milliseconds. */
export interface OnDemandOptions {
  readonly idleMs?: number;
  readonly patienceMs?: number;
  readonly longestOpenMs?: number;
  /** Where the images are; default: `images` in the data folder. */
  readonly imagesUrl?: string | undefined;
}

/**
 * An embedded store that is opened when it is needed and closed soon after, so that it never keeps `art run`
 * or any other command from the folder.
 */
export function storeOnDemand(
  dataDir: string,
  {
    idleMs = IDLE_MS,
    patienceMs = PATIENCE_MS,
    longestOpenMs = LONGEST_OPEN_MS,
    imagesUrl,
  }: OnDemandOptions = {},
): StoreAccess {
  const folder = resolve(dataDir);
  let opening: Promise<Store> | undefined;
  let closing: Promise<void> = Promise.resolve();
  let isClosing = false;
  let users = 0;
  let openedAt = 0;
  let idle: NodeJS.Timeout | undefined;
  let seen = stampOf(folder);
  let changes = 0;

  const closeNow = () => {
    clearTimeout(idle);
    const open = opening;
    opening = undefined;
    if (open === undefined) return closing;
    isClosing = true;
    closing = open
      .then(
        async (store) => {
          await store.close();
          seen = stampOf(folder);
        },
        // Whoever asked for it has been told why it could not be opened.
        () => undefined,
      )
      .finally(() => {
        isClosing = false;
      });
    return closing;
  };

  return {
    images: openImages(folder, imagesUrl),
    async use(work) {
      clearTimeout(idle);
      users++;
      try {
        opening ??= closing.then(async () => {
          const store = await openPatiently({ dataDir: folder, imagesUrl, command: 'view' }, { patienceMs });
          openedAt = performance.now();
          return store;
        });
        const current = opening;
        try {
          return await work(await current);
        } catch (error) {
          // What could not be opened is tried again by the next one.
          if (
            opening === current &&
            (await current.then(
              () => false,
              () => true,
            ))
          )
            opening = undefined;
          throw error;
        }
      } finally {
        users--;
        const isLong = performance.now() - openedAt > longestOpenMs;
        if (users === 0) idle = setTimeout(closeNow, isLong ? 0 : idleMs).unref();
      }
    },
    changes() {
      // While it is open here, nobody else can write, and closing it writes as well.
      if (opening !== undefined || isClosing) return changes;
      const now = stampOf(folder);
      if (now !== seen) {
        seen = now;
        changes++;
      }
      return changes;
    },
    statusOf: ({ status }) => (status === 'running' ? 'interrupted' : status),
    close: closeNow,
  };
}

/** The last time that the database's files were written, as far as they tell without opening it. */
function stampOf(folder: string): string {
  const database = join(folder, 'database');
  const wal = join(database, 'pg_wal');
  const files = [join(database, 'global', 'pg_control'), ...namesIn(wal).map((name) => join(wal, name))];
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
