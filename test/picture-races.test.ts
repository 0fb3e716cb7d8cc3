import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setConversationStatus } from '../src/store/campaigns.ts';
import { collectGarbage } from '../src/store/collect-garbage.ts';
import { commitPicture } from '../src/store/commit-picture.ts';
import { contentHash } from '../src/store/content-hash.ts';
import type { ImageStore } from '../src/store/image-store.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { purgeCampaign, purgePictures, refuseWorkedOn } from '../src/store/purge-campaign.ts';
import { listConversationImages } from '../src/store/retained-images.ts';
import { rowsOf } from '../src/store/rows.ts';
import { settleImages } from '../src/store/settle-images.ts';
import { storeCampaign, turnOf } from '../src/store/store-fixtures.ts';
import { insertTurn } from '../src/store/turns.ts';
import { beat, dismissWorker, presentWorker } from '../src/store/workers.ts';
import { temporaryFolder } from './support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';
import { createRandom } from './support/random.ts';

const obstacle = postgresObstacle();
const onServer = obstacle === undefined ? describe : describe.skip;
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;

let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

const blur = async (bytes: Uint8Array) => Buffer.concat([Buffer.from('blurred '), bytes]);
/** So few that campaigns have them in common. */
const PICTURES = 12;
const CAMPAIGNS = 36;
/** Only the last so many stay: of most pictures nothing is wanted any more, again and again. */
const LASTING = 6;
const TURNS = 6;
const MOST_QUESTIONS = 16;

/** A picture of its own every time it is looked at. */
function picture(number: number) {
  const bytes = Buffer.from(`picture ${number}`);
  return { key: { hash: contentHash(bytes), mediaType: 'image/png' }, bytes };
}

/** Takes a while, in which others get something done: so many questions to the database, at random. */
type Dither = () => Promise<void>;

function dithering(random: () => number, { database }: Store): Dither {
  return async () => {
    for (let left = Math.floor(random() * MOST_QUESTIONS); left > 0; left--)
      await database.execute(sql`select 1`);
  };
}

/** Waits before and after every access, so that others come in between. */
function dawdling(images: ImageStore, dither: Dither): ImageStore {
  const slowly = async <T>(access: () => Promise<T>): Promise<T> => {
    await dither();
    const answer = await access();
    await dither();
    return answer;
  };
  return {
    location: images.location,
    put: (key, bytes) => slowly(() => images.put(key, bytes)),
    get: (key) => slowly(() => images.get(key)),
    delete: (key) => slowly(() => images.delete(key)),
    deleteDraft: (name) => slowly(() => images.deleteDraft(name)),
    list: () => images.list(),
    readMarker: () => images.readMarker(),
    writeMarker: (text) => images.writeMarker(text),
    locate: (key) => images.locate(key),
    pathInReports: (key) => images.pathInReports(key),
  };
}

onServer(`pictures that several campaigns have in common, on PostgreSQL${where}`, () => {
  it.each([1, 2, 3])('are never lost to art gc, art purge and other campaigns, seed %i', async (seed) => {
    const random = createRandom(seed);
    const opened = await openStore({
      dataDir: temporaryFolder(),
      databaseUrl: await server.createDatabase(`races_${seed}`),
      command: 'test',
    });
    const dither = dithering(random, opened);
    const store: Store = { ...opened, images: dawdling(opened.images, dither) };
    const kept = new Map<string, string>();
    try {
      const work = async (number: number) => {
        const retention = ['full', 'blurred', 'scores-only'][number % 3] ?? 'full';
        const [conversation] = await storeCampaign(store.database, `c${number}`, 1, {
          config: { retention },
        });
        if (conversation === undefined) throw new Error('no conversation');
        for (let round = 0; round < TURNS; round++) {
          const { key, bytes } = picture(Math.floor(random() * PICTURES));
          await store.images.put(key, bytes);
          await dither();
          const image = { ...key, width: 1, height: 1, byteLength: bytes.length };
          await commitPicture(store, { key, bytes }, (database) =>
            insertTurn(database, turnOf(conversation, round, { image })),
          );
          // Until its end the conversation may be resumed, whatever the campaign keeps.
          expect(Buffer.from(await store.images.get(key))).toEqual(bytes);
        }
        await setConversationStatus(store.database, conversation.id, { status: 'done' });
        await settleImages(store, await listConversationImages(store.database, conversation.id), { blur });
        if (number >= CAMPAIGNS - LASTING) kept.set(`c${number}`, retention);
        else if (number % 5 === 2) await purgePictures(store, `c${number}`, { blur });
        else await purgeCampaign(store, `c${number}`, { blur });
      };
      let isOver = false;
      const sweeping = (async () => {
        // As if everything were older than the grace.
        while (!isOver) await collectGarbage(store, { blur, graceMs: -60_000, now: Date.now, force: true });
      })();
      const numbers = Array.from({ length: CAMPAIGNS }, (_, number) => number);
      await Promise.all(
        [0, 1, 2, 3, 4, 5].map(async (lane) => {
          for (const number of numbers.filter((one) => one % 6 === lane)) await work(number);
        }),
      ).finally(() => {
        isOver = true;
      });
      await sweeping;
      await collectGarbage(store, { blur, graceMs: -60_000, now: Date.now, force: true });

      const files = new Set((await Array.fromAsync(opened.images.list())).map(({ image }) => image?.hash));
      const rows = rowsOf(
        await store.database.execute(sql`
          select i.hash, i.kept, i.kept_hash, array_agg(distinct t.campaign_id) as campaigns
          from art.images i left join art.turns t on t.image_hash = i.hash group by i.hash`),
      );
      const wanted = new Set<unknown>();
      for (const { hash, kept: left, kept_hash: copy, campaigns } of rows) {
        const ids = Array.isArray(campaigns) ? campaigns.map(String) : [];
        const wish = ['full', 'blurred'].find((one) => ids.some((id) => kept.get(id) === one)) ?? 'none';
        expect(`${hash} ${left}`).toBe(`${hash} ${wish}`);
        if (left === 'full') wanted.add(hash);
        if (left === 'blurred') wanted.add(copy);
      }
      expect(wanted.size).toBeGreaterThan(0);
      expect(files).toEqual(wanted);
    } finally {
      await opened.close();
    }
  });

  it('are not purged while somebody works on the campaign', async () => {
    const store = await openStore({
      dataDir: temporaryFolder(),
      databaseUrl: await server.createDatabase('worked_on'),
      command: 'test',
    });
    try {
      await storeCampaign(store.database, 'busy');
      const busy = { id: 'busy', name: 'busy', status: 'running' };
      await refuseWorkedOn(store, busy);
      const worker = { id: 'w1', command: 'worker', host: 'a host', pid: 7, artVersion: '0', serves: {} };
      await presentWorker(store.database, worker);
      await expect(refuseWorkedOn(store, busy)).rejects.toMatchObject({ code: 'CAMPAIGN_RUNNING' });
      await refuseWorkedOn(store, { ...busy, status: 'paused' });
      await beat(store.database, 'w1', { doing: { busy: {} }, draining: false }, 30);
      await expect(refuseWorkedOn(store, { ...busy, status: 'paused' })).rejects.toMatchObject({
        message: expect.stringContaining('a host (process 7)'),
      });
      await dismissWorker(store.database, 'w1');
      await refuseWorkedOn(store, busy);
    } finally {
      await store.close();
    }
  });
});
