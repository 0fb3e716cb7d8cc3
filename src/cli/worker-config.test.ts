import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordedConfig } from '../config/describe-config.ts';
import { findCampaign } from '../store/campaigns.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore } from '../store/store-fixtures.ts';
import { loadConfigOf } from './load.ts';
import { configForWorker } from './worker-config.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

it('keeps to the recorded budget, whatever the file says by which a campaign is served', async () => {
  const file = join(temporary.folder, 'art.yaml');
  writeFileSync(file, 'preset: sandbox\nname: own\nbudget:\n  requests: 5\n');
  const recorded = recordedConfig((await loadConfigOf(file)).config);
  const { database } = temporary.store;
  const { budget: _none, ...unlimited } = recorded;
  await storeCampaign(database, 'limited', 1, { config: { ...recorded, budget: { requests: 9 } } });
  await storeCampaign(database, 'unlimited', 1, { config: unlimited });
  const budgetOf = async (id: string) => {
    const campaign = await findCampaign(database, id);
    if (campaign === undefined) throw new Error('It is not there.');
    return (await configForWorker(campaign, [file])).config.budget;
  };
  expect(await budgetOf('limited')).toEqual({ requests: 9 });
  expect(await budgetOf('unlimited')).toBeUndefined();
});
