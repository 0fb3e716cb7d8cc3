import { rmSync, writeFileSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImageJudge, Judgement, PromptJudge } from '../judges/judge.ts';
import { buildReport } from '../report/build-report.ts';
import { countJudged, listAddedJudges } from '../store/added-judges.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import { readRecord } from '../store/record.ts';
import { type CampaignRow, images } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { comparable, fakeModels, planFake, stormJudge, thirdJudge } from './campaign-fixtures.ts';
import { type JudgeAgainOptions, judgeAgain } from './judge-again.ts';
import type { JudgeToAdd } from './judges-to-add.ts';
import { workOnCampaign } from './work-on-campaign.ts';

let temporary: TemporaryStore;
let store: Store;
let campaign: CampaignRow;
beforeAll(async () => {
  temporary = await openTemporaryStore();
  store = temporary.store;
});
afterAll(() => temporary.remove());

/** Two categories with one conversation of three turns each, two evaluation images a turn. */
const PROMPTS = 6;
const IMAGES = 6 + 12;
/** So that each campaign has prompts and images of its own. */
let seed = 100;

async function runFake(): Promise<CampaignRow> {
  const fake = await fakeModels({ config: { seed: seed++ } });
  const planned = await planFake(store, fake);
  await workOnCampaign(store, planned, { ...fake, stop: new AbortController().signal });
  return (await findCampaign(store.database, planned.id)) ?? planned;
}
beforeEach(async () => {
  campaign = await runFake();
});

const fogJudge: PromptJudge = {
  ...stormJudge,
  name: 'fog',
  judge: async (subjects) =>
    subjects.map(({ text }) => ({ verdict: text.includes('fog') ? 'unsafe' : 'safe' })),
};
const evenJudge: ImageJudge = { ...thirdJudge, name: 'again' };

function toAdd(judge: PromptJudge | ImageJudge): JudgeToAdd {
  const { subject, name } = judge;
  return { subject, name, entry: judge, configFile: null, directory: '.', isPlanned: false };
}

/** Has judges judge the campaign. */
function judge(
  judges: { readonly prompt?: readonly PromptJudge[]; readonly image?: readonly ImageJudge[] },
  options: Partial<JudgeAgainOptions> = {},
) {
  const { prompt = [], image = [] } = judges;
  return judgeAgain(store, campaign, {
    toAdd: [...prompt, ...image].map(toAdd),
    judges: { prompt, image },
    stop: new AbortController().signal,
    ...options,
  });
}

/** Every verdict of the evaluation and the prompts, as text. */
async function verdicts(): Promise<string[]> {
  const record = await readRecord(store.database, campaign.id);
  return record.flatMap(({ turn, promptVerdicts, evaluation }) =>
    [...promptVerdicts, ...evaluation.flatMap((image) => image.verdicts)]
      .map(({ subject, number, judge, verdict }) => `${turn.id} ${subject} ${number} ${judge} ${verdict}`)
      .toSorted(),
  );
}

describe('judgeAgain', () => {
  it('has new judges judge all that is stored, and the tables count them', async () => {
    const before = await buildReport(store, campaign);
    const outcome = await judge({ prompt: [fogJudge], image: [evenJudge] });
    expect(outcome).toEqual({ status: 'done', done: PROMPTS + IMAGES, total: PROMPTS + IMAGES, errors: 0 });
    const report = await buildReport(store, campaign);
    expect(report.campaign.judges.prompt).toEqual([...before.campaign.judges.prompt, 'fog']);
    expect(report).not.toHaveProperty('incompleteJudges');
    const flagged = report.promptToxicity.reduce((sum, row) => sum + (row.flagged.fog ?? 0), 0);
    const record = await readRecord(store.database, campaign.id);
    expect(flagged).toBe(record.filter(({ turn }) => turn.prompt.includes('fog')).length);
    expect(await listAddedJudges(store.database, campaign.id)).toMatchObject([
      { subject: 'prompt', name: 'fog', entry: { name: 'fog', batchSize: 8 }, revision: null },
      { subject: 'image', name: 'again' },
    ]);
  });

  it('asks nobody twice', async () => {
    await judge({ prompt: [fogJudge] });
    let asked = 0;
    const counting: PromptJudge = {
      ...fogJudge,
      judge: (subjects, call) => {
        asked++;
        return fogJudge.judge(subjects, call);
      },
    };
    expect(await judge({ prompt: [counting] })).toMatchObject({ status: 'done', total: 0 });
    expect(asked).toBe(0);
  });

  it('asks a judge about its categories alone', async () => {
    const travelling = { ...fogJudge, categories: ['travel'] };
    expect(await judge({ prompt: [travelling] })).toMatchObject({ done: PROMPTS / 2 });
    const { promptToxicity, incompleteJudges } = await buildReport(store, campaign);
    expect(promptToxicity.map(({ category, flagged }) => [category, 'fog' in flagged])).toEqual([
      ['weather', false],
      ['travel', true],
    ]);
    expect(incompleteJudges).toBeUndefined();
  });

  it('stopped anywhere leaves its judges out of the tables, and goes on to the same end', async () => {
    const whole = await judgeWhole();
    campaign = await rerun(campaign);
    const before = comparable(await buildReport(store, campaign));
    for (let session = 1; ; session++) {
      const stop = new AbortController();
      const { status } = await judge(
        { image: [{ ...evenJudge, batchSize: 1 }] },
        { stop: stop.signal, onProgress: ({ done }) => done >= 4 && stop.abort() },
      );
      if (status === 'done') break;
      expect(session).toBeLessThan(10);
      const { incompleteJudges, ...rest } = await buildReport(store, campaign);
      expect(incompleteJudges).toMatchObject([{ subject: 'image', judge: 'again', subjects: IMAGES }]);
      expect(comparable(rest)).toEqual(before);
    }
    expect(comparable(await buildReport(store, campaign))).toEqual(whole);
  });

  it('records what failed, and asks again only where that is wanted', async () => {
    let down = true;
    const flaky: PromptJudge = {
      ...fogJudge,
      judge: async (subjects, call): Promise<readonly Judgement[]> =>
        down
          ? subjects.map(() => ({ verdict: 'error', error: { code: 'DOWN', message: 'is down' } }))
          : fogJudge.judge(subjects, call),
    };
    const warnings: string[] = [];
    expect(
      await judge({ prompt: [flaky] }, { onWarning: (message) => warnings.push(message) }),
    ).toMatchObject({ done: PROMPTS, errors: PROMPTS });
    expect(warnings).toEqual(['The judge fog failed: is down']);
    down = false;
    expect(await judge({ prompt: [flaky] })).toMatchObject({ total: 0 });
    expect(await judge({ prompt: [flaky] }, { retryErrors: true })).toMatchObject({
      done: PROMPTS,
      errors: 0,
    });
    expect((await countJudged(store.database, campaign.id)).judged).toContainEqual({
      subject: 'prompt',
      judge: 'fog',
      judged: PROMPTS,
      errors: 0,
    });
  });

  it('goes on where an image is lost or damaged, with an error for that one', async () => {
    const [first, second] = await readRecord(store.database, campaign.id);
    const lost = first?.evaluation[0]?.image;
    const damaged = second?.evaluation[0]?.image;
    if (lost === undefined || damaged === undefined) throw new Error('nothing was drawn');
    const path = ({ hash }: { readonly hash: string }) =>
      `${store.dataDir}/images/${hash.slice(0, 2)}/${hash}.png`;
    rmSync(path(lost));
    writeFileSync(path(damaged), 'no picture');
    expect(await judge({ image: [evenJudge] })).toMatchObject({ status: 'done', done: IMAGES, errors: 2 });
    const record = await readRecord(store.database, campaign.id);
    const errors = record.flatMap(({ evaluation }) =>
      evaluation.flatMap((image) => image.verdicts.flatMap(({ error }) => error?.code ?? [])),
    );
    expect(errors.toSorted()).toEqual(['IMAGE_DAMAGED', 'IMAGE_MISSING']);
  });

  it('takes what the same revision has said of the same picture from the store', async () => {
    let asked = 0;
    const withRevision: ImageJudge = {
      ...evenJudge,
      revision: 'r1',
      judge: (subjects, call) => {
        asked += subjects.length;
        return evenJudge.judge(subjects, call);
      },
    };
    await judge({ image: [withRevision] });
    const first = asked;
    const said = (await verdicts()).length;
    await judge({ image: [{ ...withRevision, name: 'the same' }] });
    expect(asked).toBe(first);
    expect((await verdicts()).length).toBeGreaterThan(said);
  });

  it('warns of a judge that is not what it was, and goes on with it', async () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const travelling = { ...fogJudge, revision: 'r1', categories: ['travel'] };
    await judge({ prompt: [travelling] }, { onWarning });
    await judge({ prompt: [travelling] }, { onWarning });
    expect(warnings).toEqual([]);
    const changed = { ...fogJudge, revision: 'r2' };
    expect(await judge({ prompt: [changed] }, { onWarning })).toMatchObject({ done: PROMPTS / 2 });
    expect(warnings).toEqual([
      'The judge "fog" has other weights or settings than when it gave 3 of its verdicts on prompts of this campaign. Those stay as they are; what it says from now on may not compare with them.',
    ]);
    const { mixedRevisions } = await buildReport(store, campaign);
    expect(mixedRevisions).toEqual([
      {
        subject: 'prompt',
        judge: 'fog',
        revisions: expect.arrayContaining([
          { revision: 'r1', verdicts: 3 },
          { revision: 'r2', verdicts: 3 },
        ]),
      },
    ]);
  });

  it('refuses a campaign that runs on a server', async () => {
    const running = { ...campaign, status: 'running' as const };
    const options = { toAdd: [], judges: { prompt: [], image: [] }, stop: new AbortController().signal };
    await expect(judgeAgain({ ...store, kind: 'server' }, running, options)).rejects.toMatchObject({
      code: 'CAMPAIGN_RUNNING',
    });
  });
});

describe('a campaign that goes on after judges were added', () => {
  it('ends as it would have, and the new judges are incomplete until they go on', async () => {
    const fake = await fakeModels({ config: { seed: 55 } });
    const whole = await planFake(store, fake);
    const never = new AbortController().signal;
    await workOnCampaign(store, whole, { ...fake, stop: never });

    const planned = await planFake(store, fake);
    const stop = new AbortController();
    const interrupted = await fakeModels({
      config: { seed: 55 },
      onCall: ({ role }) => {
        if (role === 'guide') stop.abort();
      },
    });
    await workOnCampaign(store, planned, { ...interrupted, stop: stop.signal });
    campaign = (await findCampaign(store.database, planned.id)) ?? planned;
    expect(campaign.status).toBe('interrupted');
    const loud: PromptJudge = {
      ...fogJudge,
      judge: async (subjects) => subjects.map(() => ({ verdict: 'unsafe' })),
    };
    await judge({ prompt: [loud] });
    await workOnCampaign(store, campaign, { ...fake, stop: never });

    const { incompleteJudges, ...rest } = await buildReport(store, await found(campaign));
    expect(incompleteJudges).toMatchObject([{ judge: 'fog', subjects: PROMPTS }]);
    expect(comparable(rest)).toEqual(comparable(await buildReport(store, await found(whole))));
    await judge({ prompt: [loud] });
    const report = await buildReport(store, await found(campaign));
    expect(report.promptToxicity.map(({ safe }) => safe)).toEqual([0, 0]);
  });

  it('leaves out pictures that were not kept, and says so; what the others said still counts', async () => {
    const [first] = await readRecord(store.database, campaign.id);
    const hash = first?.image?.hash ?? '';
    await store.database.update(images).set({ kept: 'none' }).where(eq(images.hash, hash));
    const warnings: string[] = [];
    const outcome = await judge({ image: [evenJudge] }, { onWarning: (message) => warnings.push(message) });
    expect(outcome).toEqual({ status: 'done', done: IMAGES - 1, total: IMAGES - 1, errors: 0 });
    expect(warnings).toEqual([expect.stringContaining('1 picture of the campaign was not kept')]);
    const report = await buildReport(store, campaign);
    expect(report.incompleteJudges).toMatchObject([{ judge: 'again', judged: IMAGES - 1 }]);
  });
});

async function found({ id }: CampaignRow): Promise<CampaignRow> {
  const row = await findCampaign(store.database, id);
  if (row === undefined) throw new Error(`There is no campaign ${id}.`);
  return row;
}

/** The report where nothing interrupted the judging. */
async function judgeWhole(): Promise<unknown> {
  await judge({ image: [evenJudge] });
  return comparable(await buildReport(store, campaign));
}

/** The same campaign once more, without the added judges. */
async function rerun({ seed: same }: CampaignRow): Promise<CampaignRow> {
  const fake = await fakeModels({ config: { seed: same } });
  const planned = await planFake(store, fake);
  await workOnCampaign(store, planned, { ...fake, stop: new AbortController().signal });
  return found(planned);
}
