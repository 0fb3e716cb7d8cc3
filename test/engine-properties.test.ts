import { and, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  comparableReport,
  type FakeCall,
  fakeModels,
  hiccup,
  planFake,
} from '../src/campaign/campaign-fixtures.ts';
import { deriveSeed } from '../src/campaign/seeds.ts';
import { workOnCampaign } from '../src/campaign/work-on-campaign.ts';
import { RefusalError } from '../src/models/refusal.ts';
import { evaluationImages, requests, turns, verdicts } from '../src/store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../src/store/store-fixtures.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

const plan = fc.record({
  categories: fc.integer({ min: 1, max: 3 }),
  conversations: fc.integer({ min: 1, max: 2 }),
  rounds: fc.integer({ min: 1, max: 3 }),
  imagesPerPrompt: fc.integer({ min: 0, max: 3 }),
  evaluate: fc.constantFrom('all', 'safe'),
  seed: fc.nat(2 ** 31 - 1),
});

const disturbance = fc.record({
  /** The most requests in flight, of each endpoint. */
  concurrency: fc.constantFrom(1, 2, 5, 32),
  /** Which requests fail once before they are answered. */
  hiccups: fc.nat(1_000_000),
  /** Which are answered late. */
  delays: fc.nat(1_000_000),
  /** At which requests, counted from the beginning of each session, the session is stopped. */
  stops: fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 4 }),
});

const CATEGORIES = [
  { name: 'weather', keywords: ['storm'] },
  { name: 'travel', keywords: ['delay'] },
  { name: 'food', keywords: ['salt'] },
];

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

function configOf({ categories, ...rest }: Plan, concurrency = 4) {
  const endpoint = { provider: 'sandbox', concurrency };
  return {
    ...rest,
    categories: CATEGORIES.slice(0, categories),
    writer: endpoint,
    guide: endpoint,
    target: endpoint,
  };
}

/** The target refuses one prompt in six, in every session alike. */
function refuse({ role, text }: FakeCall): void {
  if (role === 'target' && deriveSeed('refusal', text) % 6 === 0) throw new RefusalError('It is not wanted.');
}

it('ends in the same place, whatever happens on the way', async () => {
  const { store } = temporary;
  await fc.assert(
    fc.asyncProperty(plan, disturbance, async (wanted, { concurrency, hiccups, delays, stops }) => {
      const plain = await fakeModels({ config: configOf(wanted), onCall: refuse });
      const undisturbed = await planFake(store, plain);
      await workOnCampaign(store, undisturbed, { ...plain, stop: new AbortController().signal });

      const campaign = await planFake(store, plain);
      const seen = new Set<string>();
      for (let session = 0; ; session++) {
        const stop = new AbortController();
        let untilStop = stops[session] ?? Number.POSITIVE_INFINITY;
        if (untilStop === 0) stop.abort();
        const onCall = async (call: FakeCall) => {
          if (--untilStop === 0) stop.abort();
          const place = `${call.role} ${call.seed} ${call.text}`;
          const isFirst = !seen.has(place);
          seen.add(place);
          if (deriveSeed(delays, place) % 4 === 0) {
            await new Promise((resolve) => setTimeout(resolve, deriveSeed(delays, 'long', place) % 12));
          }
          if (isFirst && deriveSeed(hiccups, place) % 25 === 0) throw hiccup();
          refuse(call);
        };
        const disturbed = await fakeModels({ config: configOf(wanted, concurrency), onCall });
        const { status } = await workOnCampaign(store, campaign, { ...disturbed, stop: stop.signal });
        if (status === 'done') break;
        expect(status).toBe('interrupted');
        expect(session).toBeLessThan(stops.length);
      }

      expect(await comparableReport(store, campaign.id)).toEqual(
        await comparableReport(store, undisturbed.id),
      );
      const played = await store.database.select().from(turns).where(eq(turns.campaignId, campaign.id));
      const places = played.map(({ conversationId, round }) => `${conversationId}/${round}`);
      expect(new Set(places).size).toBe(places.length);
      expect(places).toHaveLength(wanted.categories * wanted.conversations * (wanted.rounds + 1));
      const drawn = await store.database
        .select()
        .from(evaluationImages)
        .where(eq(evaluationImages.campaignId, campaign.id));
      const numbers = drawn.map(({ turnId, number }) => `${turnId}/${number}`);
      const asked = played.flatMap(({ id, evaluationImages: count }) =>
        Array.from({ length: count }, (_, number) => `${id}/${number}`),
      );
      expect(numbers.toSorted()).toEqual(asked.toSorted());
      // One verdict a judge on every prompt and every image, one request a stored image.
      const said = await store.database.select().from(verdicts).where(eq(verdicts.campaignId, campaign.id));
      const pictures = [...played, ...drawn].filter(({ outcome }) => outcome === 'drawn').length;
      expect(said).toHaveLength(played.length + pictures);
      const draws = await store.database
        .select()
        .from(requests)
        .where(and(eq(requests.campaignId, campaign.id), eq(requests.endpoint, 'target')));
      expect(draws).toHaveLength(played.length + drawn.length);
    }),
    { numRuns: 10 },
  );
});
