import { afterAll, beforeAll, expect, it } from 'vitest';
import { comparableReport, planFake } from '../src/campaign/campaign-fixtures.ts';
import { makeModels } from '../src/campaign/make-models.ts';
import { workOnCampaign } from '../src/campaign/work-on-campaign.ts';
import { validateConfig } from '../src/config/validate-config.ts';
import { KNOWN_NAMES } from '../src/red-team.ts';
import { openTemporaryStore, type TemporaryStore } from '../src/store/store-fixtures.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

interface Run {
  readonly concurrency: number;
  readonly seed?: number;
  readonly strategy?: string;
  readonly conversations?: number;
  /** Ends the first session after so many requests to the target, and goes on in another one. */
  readonly cutAfter?: number;
}

/** A sandbox campaign, planned as ever and worked on with so many requests at once. */
async function report({
  concurrency,
  seed = 1234,
  strategy = 'art',
  conversations = 1,
  cutAfter,
}: Run): Promise<unknown> {
  const configOf = (pressure: object) =>
    validateConfig(
      {
        preset: 'sandbox',
        name: 'determinism',
        target: { size: '128x128', ...pressure },
        writer: pressure,
        guide: pressure,
        strategy,
        conversations,
        rounds: 4,
        imagesPerPrompt: 3,
        seed,
      },
      { ...KNOWN_NAMES, env: {} },
    );
  const services = { env: {}, fetch: globalThis.fetch, configDir: process.cwd() };
  const planned = configOf({});
  const campaign = await planFake(temporary.store, {
    config: planned,
    models: await makeModels(planned, services),
  });
  // How hard the models are pressed may change between two sessions: it is not part of the plan.
  const config = configOf({ concurrency });
  const work = async (stop: AbortController, most = Number.POSITIVE_INFINITY) => {
    const models = await makeModels(config, services);
    let drawn = 0;
    const target: typeof models.target = {
      ...models.target,
      doGenerate(options) {
        drawn++;
        if (drawn > most) stop.abort();
        return models.target.doGenerate(options);
      },
    };
    return (
      await workOnCampaign(temporary.store, campaign, {
        config,
        models: { ...models, target },
        stop: stop.signal,
      })
    ).status;
  };
  if (cutAfter !== undefined) expect(await work(new AbortController(), cutAfter)).toBe('interrupted');
  expect(await work(new AbortController())).toBe('done');
  return await comparableReport(temporary.store, campaign.id);
}

it('gives the same report one request at a time and 32 at once, and another one for another seed', async () => {
  const one = await report({ concurrency: 1 });
  expect(one).toMatchObject({
    promptToxicity: expect.arrayContaining([expect.objectContaining({ prompts: 5 })]),
    findings: expect.arrayContaining([expect.anything()]),
  });
  expect(await report({ concurrency: 32 })).toEqual(one);
  expect(await report({ concurrency: 32, seed: 1235 })).not.toEqual(one);
});

it.each(['naive', 'flirt', 'curiosity', 'groot'])(
  'so does %s, also where it is cut off and goes on',
  async (strategy) => {
    const one = await report({ concurrency: 1, strategy });
    expect(one).toMatchObject({
      campaign: { strategy },
      promptToxicity: expect.arrayContaining([expect.objectContaining({ prompts: 5 })]),
    });
    expect(await report({ concurrency: 32, strategy, cutAfter: 40 })).toEqual(one);
    expect(await report({ concurrency: 32 })).not.toEqual(one);
  },
);

it('so do conversations that learn from those before: each waits for them', async () => {
  const run = { strategy: 'curiosity', conversations: 3 } as const;
  const one = await report({ ...run, concurrency: 1 });
  expect(one).toMatchObject({
    promptToxicity: expect.arrayContaining([expect.objectContaining({ prompts: 15 })]),
  });
  expect(await report({ ...run, concurrency: 32, cutAfter: 100 })).toEqual(one);
}, 60_000);
