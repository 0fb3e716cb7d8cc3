import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  comparableReport,
  type FakeCall,
  fakeModels,
  hiccup,
  planFake,
} from '../../src/campaign/campaign-fixtures.ts';
import { deriveSeed } from '../../src/campaign/seeds.ts';
import { workOnCampaign } from '../../src/campaign/work-on-campaign.ts';
import { evaluationImages, turns } from '../../src/store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../../src/store/store-fixtures.ts';
import { byForm, SEED } from './mode.ts';
import { tallyOf } from './tally.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterEach(() => vi.useRealTimers());
afterAll(() => temporary.remove());

const immediate = setImmediate;
/** Lets everything happen that waits for nothing but the store, the pictures' bytes and the disk. */
const breathe = () => new Promise<void>((resolve) => immediate(resolve));
/** So often nothing has been asked of a model before the clock goes on: then only a timer can bring more. */
const QUIET_TURNS = 40;

const plan = fc.record({
  conversations: fc.integer({ min: 1, max: 3 }),
  rounds: fc.integer({ min: 1, max: 3 }),
  imagesPerPrompt: fc.integer({ min: 0, max: 3 }),
  seed: fc.nat(2 ** 31 - 1),
});

/** What happens to a request, by its place: most are answered. */
const faults = fc.record({
  salt: fc.nat(1_000_000),
  /** Of a hundred requests, so many fail, and so many are never answered. */
  failing: fc.integer({ min: 0, max: 30 }),
  silent: fc.integer({ min: 0, max: 5 }),
  concurrency: fc.constantFrom(1, 2, 5, 32),
  /** Milliseconds that the clock of the day jumps now and then. */
  jumps: fc.array(fc.integer({ min: -3_600_000, max: 3_600_000 }), { maxLength: 3 }),
  /** After so many answers each session is stopped. */
  stops: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }),
});

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;
type Faults = typeof faults extends fc.Arbitrary<infer Value> ? Value : never;

function configOf(wanted: Plan, concurrency = 4) {
  const endpoint = { provider: 'sandbox', concurrency, timeoutSeconds: 20, retries: 50 };
  return { ...wanted, writer: endpoint, guide: endpoint, target: endpoint };
}

/** What the engine waits for goes by this clock; nothing waits in earnest. */
function fakeClock(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
}

describe(`models that answer in any order, on a fake clock (seed ${SEED})`, {
  timeout: byForm(300_000, 3_600_000),
}, () => {
  const tally = tallyOf('Random plans, faults and interleavings, fake clock and models');

  /** One session: which request is answered next is the scheduler's choice. */
  async function session(
    campaign: Awaited<ReturnType<typeof planFake>>,
    wanted: Plan,
    { salt, failing, silent, concurrency, jumps, stops }: Faults,
    scheduler: fc.Scheduler,
    sessionNumber: number,
  ): Promise<string> {
    const stop = new AbortController();
    const tries = new Map<string, number>();
    const onCall = async ({ role, seed, text, signal }: FakeCall) => {
      const place = `${role} ${seed} ${text}`;
      const time = (tries.get(place) ?? 0) + 1;
      tries.set(place, time);
      await scheduler.schedule(Promise.resolve(), place);
      const dice = deriveSeed(salt, place, time, sessionNumber) % 100;
      if (dice < failing) {
        tally.add({ faults: 1 });
        throw hiccup();
      }
      if (dice < failing + silent) {
        tally.add({ faults: 1 });
        await new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(hiccup('Too late.'))),
        );
      }
    };
    const models = await fakeModels({ config: configOf(wanted, concurrency), onCall });
    let over = false;
    const working = workOnCampaign(temporary.store, campaign, { ...models, stop: stop.signal }).finally(
      () => {
        over = true;
      },
    );
    working.catch(() => undefined);
    let answers = 0;
    for (let quiet = 0; !over; ) {
      await breathe();
      if (scheduler.count() > 0) {
        quiet = 0;
        if (++answers === stops[sessionNumber]) stop.abort();
        const jump = answers % 17 === 0 ? jumps[answers / 17 - 1] : undefined;
        if (jump !== undefined) vi.setSystemTime(Date.now() + jump);
        await scheduler.waitOne();
      } else if (++quiet >= QUIET_TURNS) {
        quiet = 0;
        await vi.advanceTimersByTimeAsync(500);
      }
    }
    return (await working).status;
  }

  it('the campaign ends in the same place, and nothing is lost or there twice', async () => {
    const { store } = temporary;
    await fc.assert(
      fc.asyncProperty(plan, faults, fc.scheduler(), async (wanted, trouble, scheduler) => {
        const plain = await fakeModels({ config: configOf(wanted) });
        const undisturbed = await planFake(store, plain);
        await workOnCampaign(store, undisturbed, { ...plain, stop: new AbortController().signal });

        const campaign = await planFake(store, plain);
        fakeClock();
        try {
          for (let number = 0; ; number++) {
            const status = await session(campaign, wanted, trouble, scheduler, number);
            if (status === 'done') break;
            expect(['interrupted', 'failed']).toContain(status);
            expect(number).toBeLessThan(trouble.stops.length + 5);
            tally.add({ resumed: 1 });
          }
        } finally {
          vi.useRealTimers();
        }
        expect(await comparableReport(store, campaign.id)).toEqual(
          await comparableReport(store, undisturbed.id),
        );
        const played = await store.database.select().from(turns).where(eq(turns.campaignId, campaign.id));
        const drawn = await store.database
          .select()
          .from(evaluationImages)
          .where(eq(evaluationImages.campaignId, campaign.id));
        const places = new Set(played.map(({ conversationId, round }) => `${conversationId}/${round}`));
        const numbers = new Set(drawn.map(({ turnId, number }) => `${turnId}/${number}`));
        // Two categories.
        const expected = 2 * wanted.conversations * (wanted.rounds + 1);
        tally.add({
          cases: 1,
          turns: expected,
          images: expected * wanted.imagesPerPrompt,
          lost: expected - places.size + expected * wanted.imagesPerPrompt - numbers.size,
          doubled: played.length - places.size + drawn.length - numbers.size,
        });
        expect({ turns: places.size, images: numbers.size }).toEqual({
          turns: expected,
          images: expected * wanted.imagesPerPrompt,
        });
        expect({ turns: played.length, images: drawn.length }).toEqual({
          turns: places.size,
          images: numbers.size,
        });
      }),
      { numRuns: byForm(6, 60), seed: SEED },
    );
  });
});
