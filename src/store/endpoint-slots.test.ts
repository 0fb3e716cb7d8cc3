import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeSlots, makeSlots, takeSlots } from './endpoint-slots.ts';
import { openTemporaryStore, type TemporaryStore } from './store-fixtures.ts';
import { beat, dismissWorker, presentWorker } from './workers.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

/** An endpoint of two slots of its own. */
async function endpointOf(endpoint: string) {
  const { database } = temporary.store;
  await makeSlots(database, endpoint, 2);
  const take = (worker: string, taking: string, count = 2, leaseSeconds = 30) =>
    takeSlots(database, { endpoint, concurrency: 2, worker, taking, count, leaseSeconds });
  const free = (slots: Parameters<typeof freeSlots>[1]) =>
    freeSlots(database, slots, { endpoint, worker: 'somebody' });
  return { database, take, free };
}

describe('slots of an endpoint', () => {
  it('are had by one at a time, and by others when they are given back', async () => {
    const { take, free } = await endpointOf('one at a time');
    const taken = await take('w', '1.1');
    expect(taken.map(({ slot }) => slot).sort()).toEqual([1, 2]);
    expect(await take('v', '1.1')).toEqual([]);
    await free(taken.slice(0, 1));
    expect(await take('v', '1.2')).toHaveLength(1);
  });

  it('are given back only as they were taken, however late that is said', async () => {
    const { take, free } = await endpointOf('late');
    const before = await take('w', '1.1');
    await free(before);
    const since = await take('w', '1.2');
    await free(before);
    expect(since).toHaveLength(2);
    expect(await take('v', '1.1')).toEqual([]);
  });

  it('run out unless a heartbeat keeps them by their takings', async () => {
    const { database, take } = await endpointOf('leases');
    const worker = { id: 'w', command: 'test', host: 'here', pid: 1, artVersion: '0', serves: {} };
    await presentWorker(database, worker);
    // Its answer was lost on the way: nobody knows of it.
    await take('w', '1.1', 1, 0.5);
    const [kept] = await take('w', '1.2', 1, 0.5);
    await beat(database, 'w', { doing: {}, draining: false, holders: [kept?.holder ?? ''] }, 30);
    await expect.poll(() => take('v', '1.1', 2), { timeout: 10_000 }).toHaveLength(1);
    await dismissWorker(database, 'w');
    expect(await take('v', '1.2', 2)).toHaveLength(1);
  });
});
