import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageJudge } from '../judges/judge.ts';
import { ModelError } from '../models/model-error.ts';
import { buildReport } from '../report/build-report.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import { requests, verdicts } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { comparable, fakeModels, planFake, rejection, thirdJudge } from './campaign-fixtures.ts';
import type { CampaignProgress } from './progress.ts';
import { workOnCampaign } from './work-on-campaign.ts';

let temporary: TemporaryStore;
let store: Store;
beforeAll(async () => {
  temporary = await openTemporaryStore();
  store = temporary.store;
});
afterAll(() => temporary.remove());

const never = new AbortController().signal;
const ENDPOINT = { provider: 'test', concurrency: 2, timeoutSeconds: 5, retries: 3 };
/** Two conversations of three turns, two evaluation images a turn. */
const IMAGES = 6 + 12;

/** An image judge that asks a server. */
function remote(judge: ImageJudge['judge'] = thirdJudge.judge): ImageJudge {
  return { ...thirdJudge, batchSize: 1, endpoint: ENDPOINT, judge };
}

async function reportOf(id: string): Promise<unknown> {
  const campaign = await findCampaign(store.database, id);
  return campaign === undefined ? undefined : comparable(await buildReport(store, campaign));
}

/** What a campaign finds whose judges have no trouble. */
async function untroubled(): Promise<unknown> {
  const fake = await fakeModels({ imageJudges: [remote()] });
  const campaign = await planFake(store, fake);
  await workOnCampaign(store, campaign, { ...fake, stop: never });
  return reportOf(campaign.id);
}

describe('a judge that asks a server, in a campaign', () => {
  it('shows in the progress, and its requests and tokens are recorded', async () => {
    const fake = await fakeModels({
      imageJudges: [
        remote((subjects, call) => {
          call.report?.({ inputTokens: 5 });
          return thirdJudge.judge(subjects, call);
        }),
      ],
    });
    const campaign = await planFake(store, fake);
    let last: CampaignProgress | undefined;
    await workOnCampaign(store, campaign, {
      ...fake,
      stop: never,
      onProgress: (progress) => {
        last = progress;
      },
    });
    expect(last?.endpoints.at(-1)).toMatchObject({ name: 'judge:thirds', requests: IMAGES, limit: 2 });
    const rows = await store.database.select().from(requests).where(eq(requests.campaignId, campaign.id));
    const own = rows.filter(({ endpoint }) => endpoint === 'judge:thirds');
    expect(own).toHaveLength(IMAGES);
    expect(own.every(({ inputTokens }) => inputTokens === 5)).toBe(true);
  });

  it('that is down leaves errors, and the campaign goes on', async () => {
    const warnings: string[] = [];
    const fake = await fakeModels({ imageJudges: [remote(() => Promise.reject(rejection()))] });
    const campaign = await planFake(store, fake);
    const { status } = await workOnCampaign(store, campaign, {
      ...fake,
      stop: never,
      onWarning: (message) => warnings.push(message),
    });
    expect(status).toBe('done');
    expect(warnings).toEqual(['The judge thirds failed: The server does not take this.']);
    const rows = await store.database.select().from(verdicts).where(eq(verdicts.campaignId, campaign.id));
    const errors = rows.filter(({ verdict }) => verdict === 'error');
    expect(errors).toHaveLength(IMAGES);
    expect(errors[0]?.error).toEqual({ code: 'REJECTED', message: 'The server does not take this.' });
  });

  it('stopped while it waits for the next try leaves no error, and the next session ends the same', async () => {
    const expected = await untroubled();
    const stop = new AbortController();
    let asked = 0;
    const fake = await fakeModels({
      imageJudges: [
        remote((subjects, call) => {
          if (++asked < 5) return thirdJudge.judge(subjects, call);
          setImmediate(() => stop.abort());
          const retryAfterMs = 60_000;
          throw new ModelError({ code: 'RATE_LIMITED', message: 'later', retryable: true, retryAfterMs });
        }),
      ],
    });
    const campaign = await planFake(store, fake);
    const { status } = await workOnCampaign(store, campaign, { ...fake, stop: stop.signal });
    expect(status).toBe('interrupted');
    const rows = await store.database.select().from(verdicts).where(eq(verdicts.campaignId, campaign.id));
    expect(rows.filter(({ verdict }) => verdict === 'error')).toEqual([]);
    const rest = await fakeModels({ imageJudges: [remote()] });
    await workOnCampaign(store, campaign, { ...rest, stop: never });
    expect(await reportOf(campaign.id)).toEqual(expected);
  });

  it('with a revision is not asked again about the same pictures in the next campaign', async () => {
    let asked = 0;
    const judge = remote((subjects, call) => {
      asked += subjects.length;
      return thirdJudge.judge(subjects, call);
    });
    const fake = await fakeModels({ imageJudges: [{ ...judge, revision: 'r1' }] });
    const ids: string[] = [];
    for (let run = 0; run < 2; run++) {
      const campaign = await planFake(store, fake);
      ids.push(campaign.id);
      await workOnCampaign(store, campaign, { ...fake, stop: never });
    }
    expect(asked).toBe(IMAGES);
    const [first, second] = await Promise.all(ids.map(reportOf));
    expect(second).toEqual(first);
  });
});
