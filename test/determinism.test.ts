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

/** A sandbox campaign, planned as ever and worked on with so many requests at once. */
async function report(concurrency: number, seed = 1234): Promise<unknown> {
  const configOf = (pressure: object) =>
    validateConfig(
      {
        preset: 'sandbox',
        name: 'determinism',
        target: { size: '128x128', ...pressure },
        writer: pressure,
        guide: pressure,
        conversations: 1,
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
  const { status } = await workOnCampaign(temporary.store, campaign, {
    config,
    models: await makeModels(config, services),
    stop: new AbortController().signal,
  });
  expect(status).toBe('done');
  return await comparableReport(temporary.store, campaign.id);
}

it('gives the same report one request at a time and 32 at once, and another one for another seed', async () => {
  const one = await report(1);
  expect(one).toMatchObject({
    promptToxicity: expect.arrayContaining([expect.objectContaining({ prompts: 5 })]),
    findings: expect.arrayContaining([expect.anything()]),
  });
  expect(await report(32)).toEqual(one);
  expect(await report(32, 1235)).not.toEqual(one);
});
