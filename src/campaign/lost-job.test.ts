import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { type FakeCall, fakeModels, planFake, rejection } from './campaign-fixtures.ts';
import { workOnCampaign } from './work-on-campaign.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

/** As when this worker was silent for too long: what it holds is open to others. */
function loseJobs(): Promise<unknown> {
  return temporary.store.database.execute(sql`
    update art_queue.job set state = 'retry', retry_count = retry_count + 1, start_after = now() where state = 'active'`);
}

it.each(['writer', 'target'] as const)(
  'what fails at a %s after the job was lost to another worker fails nothing',
  async (role) => {
    let lost = 0;
    const onCall = async (call: FakeCall) => {
      if (call.role !== role || lost >= 3) return;
      lost++;
      await loseJobs();
      throw rejection();
    };
    const fake = await fakeModels({ onCall });
    const campaign = await planFake(temporary.store, fake);
    const { status, counts } = await workOnCampaign(temporary.store, campaign, {
      ...fake,
      stop: new AbortController().signal,
    });
    expect(lost).toBe(3);
    expect({ status, counts }).toMatchObject({
      status: 'done',
      counts: { conversations: { done: 2, failed: 0 }, evaluationImages: { failed: 0 } },
    });
  },
);
