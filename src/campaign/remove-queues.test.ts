import { expect, it } from 'vitest';
import { openTemporaryStore } from '../store/store-fixtures.ts';
import { CampaignQueue, openJobDatabase } from './queue.ts';
import { removeQueues } from './remove-queues.ts';

it('removes the queues of one campaign and no others, whatever their names begin with', async () => {
  const { store, remove } = await openTemporaryStore();
  const queued = async () => {
    const jobs = await openJobDatabase(store, () => undefined);
    try {
      return (await jobs.boss.getQueues()).map(({ name }) => name).filter((name) => name.includes('/'));
    } finally {
      await jobs.close();
    }
  };
  try {
    const jobs = await openJobDatabase(store, () => undefined);
    // On a server each category has queues of its own; with an embedded store there is one of each kind.
    for (const [campaignId, kind] of [
      ['c1', 'server'],
      ['c1', 'embedded'],
      ['c12', 'server'],
    ] as const) {
      const options = { campaignId, categories: ['weather', 'travel'], onError: () => undefined };
      const queue = await CampaignQueue.open(jobs, kind, options);
      await queue.add(store.database, 'conversation', [{ id: 1, category: 'travel' }]);
      queue.close();
    }
    await jobs.close();
    expect(await queued()).toHaveLength(4 + 2 + 4);
    await removeQueues(store, 'c1', () => undefined);
    expect((await queued()).toSorted()).toEqual([
      'conversation/c12/0',
      'conversation/c12/1',
      'evaluation/c12/0',
      'evaluation/c12/1',
    ]);
    await removeQueues(store, 'nobody', () => undefined);
  } finally {
    await remove();
  }
});
