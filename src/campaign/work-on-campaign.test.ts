import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineJudge } from '../judges/define-judge.ts';
import type { ImageJudge, Judgement, PromptJudge } from '../judges/judge.ts';
import { buildReport } from '../report/build-report.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import { readRecord } from '../store/record.ts';
import type { CampaignRow } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { fakeModels, planFake, stormJudge, thirdJudge } from './campaign-fixtures.ts';
import { workOnCampaign } from './work-on-campaign.ts';

let temporary: TemporaryStore;
let store: Store;
beforeAll(async () => {
  temporary = await openTemporaryStore();
  store = temporary.store;
});
afterAll(() => temporary.remove());

const never = new AbortController().signal;

async function found({ id }: CampaignRow): Promise<CampaignRow> {
  const row = await findCampaign(store.database, id);
  if (row === undefined) throw new Error(`There is no campaign ${id}.`);
  return row;
}

describe('a judge of one’s own that gives extreme scores', () => {
  it('does not end the campaign: what is no score is an error verdict', async () => {
    const scores = [1e-50, 1e39, Number.NaN, '0.5', -0.1, 0.25];
    const own = (name: string, nth: (index: number) => unknown) => {
      let calls = 0;
      return (): Judgement =>
        Object.assign<Judgement, object>({ verdict: 'safe' }, { score: nth(calls++), label: name });
    };
    const ofPrompt = own('own', (index) => scores[index % scores.length]);
    const ofImage = own('tiny', () => 1e-50);
    const fake = await fakeModels({
      promptJudges: [
        stormJudge,
        defineJudge({
          name: 'own',
          subject: 'prompt',
          batchSize: 1,
          judge: async (subjects) => subjects.map(ofPrompt),
        }),
      ],
      imageJudges: [
        thirdJudge,
        defineJudge({
          name: 'tiny',
          subject: 'image',
          batchSize: 4,
          judge: async (subjects) => subjects.map(ofImage),
        }),
      ],
    });
    const campaign = await planFake(store, fake);
    const warnings: string[] = [];
    const { status } = await workOnCampaign(store, campaign, {
      ...fake,
      stop: never,
      onWarning: (message) => warnings.push(message),
    });
    expect(status).toBe('done');
    expect(warnings).toEqual([
      expect.stringMatching(/^The judge own failed: The judge own gave the score .*; expected 0 to 1\.$/),
    ]);
    const record = await readRecord(store.database, campaign.id);
    const said = record.flatMap(({ promptVerdicts }) =>
      promptVerdicts.filter(({ judge }) => judge === 'own').map(({ score, error }) => error?.code ?? score),
    );
    expect(said.toSorted()).toEqual([0, 0.25, ...Array.from({ length: 4 }, () => 'BAD_JUDGEMENT')]);
    const drawn = record.flatMap(({ evaluation }) => evaluation.flatMap(({ verdicts }) => verdicts));
    const tiny = drawn.filter(({ judge }) => judge === 'tiny');
    expect(new Set(tiny.map(({ score }) => score))).toEqual(new Set([0]));
  });
});

describe('a judge whose weights or settings changed before the campaign goes on', () => {
  const withRevision = (revision: string) => {
    // By the names that the configuration has for them: the report counts no others.
    const prompt: PromptJudge = { ...stormJudge, name: 'lexicon', revision };
    const image: ImageJudge = { ...thirdJudge, name: 'sandbox', revision: `${revision} of images` };
    return { promptJudges: [prompt, { ...stormJudge, name: 'nameless' }], imageJudges: [image] };
  };

  /** Begins a campaign with judges of one revision, and goes on with those of another. */
  async function goOn(seed: number, before: string, after: string) {
    const stop = new AbortController();
    const first = await fakeModels({
      config: { seed },
      ...withRevision(before),
      onCall: ({ role }) => {
        if (role === 'guide') stop.abort();
      },
    });
    const campaign = await planFake(store, first);
    const early: string[] = [];
    await workOnCampaign(store, campaign, {
      ...first,
      stop: stop.signal,
      onWarning: (message) => early.push(message),
    });
    const then = await fakeModels({ config: { seed }, ...withRevision(after) });
    const late: string[] = [];
    const { status } = await workOnCampaign(store, await found(campaign), {
      ...then,
      stop: never,
      onWarning: (message) => late.push(message),
    });
    expect([status, early]).toEqual(['done', []]);
    return { campaign: await found(campaign), late };
  }

  it('is warned of, and the report says that its columns are mixed', async () => {
    const { campaign, late } = await goOn(21, 'r1', 'r2');
    expect(late).toEqual([
      expect.stringMatching(
        /^The judge "lexicon" has other weights or settings than when it gave \d+ of its verdicts on prompts of this campaign\. /,
      ),
      expect.stringMatching(/^The judge "sandbox" has other weights or settings .* verdicts? on images /),
    ]);
    const { mixedRevisions } = await buildReport(store, campaign);
    expect(mixedRevisions).toMatchObject([
      { subject: 'prompt', judge: 'lexicon', revisions: [{ revision: 'r1' }, { revision: 'r2' }] },
      { subject: 'image', judge: 'sandbox' },
    ]);
    const verdicts = mixedRevisions?.[0]?.revisions.map((one) => one.verdicts) ?? [];
    expect(verdicts.reduce((sum, count) => sum + count, 0)).toBe(6);
  });

  it('is not, where they are the same', async () => {
    const { campaign, late } = await goOn(22, 'r1', 'r1');
    expect(late).toEqual([]);
    expect(await buildReport(store, campaign)).not.toHaveProperty('mixedRevisions');
  });
});
