import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCampaign } from '../store/campaigns.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore } from '../store/store-fixtures.ts';
import { writeFirstSnapshot } from './progress-snapshot.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

test('what is planned can be read before any work has begun', async () => {
  const { store, folder } = temporary;
  await storeCampaign(store.database, 'planned', 2);
  const campaign = await findCampaign(store.database, 'planned');
  if (campaign === undefined) throw new Error('The campaign was not stored.');
  await writeFirstSnapshot(store, campaign);
  expect(JSON.parse(readFileSync(join(folder, 'progress.json'), 'utf8'))).toEqual({
    pid: process.pid,
    campaign: { id: 'planned', name: 'name of planned' },
    phase: 'planning',
    conversations: { total: 2, done: 0, failed: 0 },
    turns: { total: 8, done: 0 },
    evaluationImages: { total: 16, done: 0 },
  });
});
