import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginWork, findCampaign } from '../store/campaigns.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore } from '../store/store-fixtures.ts';
import { beat, type NewWorker, presentWorker } from '../store/workers.ts';
import { askCampaign } from './ask-campaign.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

let campaigns = 0;
async function running() {
  const id = `asked-${campaigns++}`;
  const { database } = temporary.store;
  await storeCampaign(database, id);
  await beginWork(database, id);
  return { id, database, ask: () => askCampaign(temporary.store, { id, status: 'running' }, 'pause') };
}

function present(id: string, serves: NewWorker['serves'] = {}): Promise<void> {
  const worker = { id, command: 'worker', host: 'here', pid: 1, artVersion: '1', serves };
  return presentWorker(temporary.store.database, worker);
}

describe('askCampaign', () => {
  it('pauses at once what nobody works on, also where a worker is there that is busy with something else', async () => {
    const { id, database, ask } = await running();
    await present('busy');
    await beat(database, 'busy', { doing: { 'another-campaign': {} }, draining: false }, 30);
    await ask();
    expect(await findCampaign(database, id)).toMatchObject({ status: 'paused', wish: 'pause' });
  });

  it('leaves it to the worker that works on it', async () => {
    const { id, database, ask } = await running();
    await present('at-work');
    await beat(database, 'at-work', { doing: { [id]: {} }, draining: false }, 30);
    await ask();
    expect(await findCampaign(database, id)).toMatchObject({ status: 'running', wish: 'pause' });
  });

  it('leaves it to art run, which works on one campaign from its beginning on', async () => {
    const { id, database, ask } = await running();
    await present('run', { campaigns: [id] });
    await ask();
    expect(await findCampaign(database, id)).toMatchObject({ status: 'running', wish: 'pause' });
  });
});
