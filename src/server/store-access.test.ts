import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listCampaigns } from '../store/campaigns.ts';
import { lockHolder } from '../store/folder-lock.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { storeCampaign, temporaryFolder } from '../store/store-fixtures.ts';
import { storeOnDemand } from './store-access.ts';

const folder = temporaryFolder();
beforeAll(async () => {
  await as('test', (store) => storeCampaign(store.database, 'first'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function as<T>(command: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ dataDir: folder, command });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const names = ({ database }: Store) =>
  listCampaigns(database).then((rows) => rows.map(({ id }) => id).sort());

describe('storeOnDemand', () => {
  it('gives the folder back when nobody has used it for a while', async () => {
    const access = storeOnDemand(folder, { idleMs: 20 });
    expect(await access.use(names)).toEqual(['first']);
    expect(lockHolder(folder)?.command).toBe('view');
    await expect.poll(() => lockHolder(folder)).toBeUndefined();
    // Closing it wrote files as well, which is no change.
    expect(access.changes()).toBe(access.changes());
    expect(access.changes()).toBe(0);
    await access.close();
  });

  it('gives it back at once when it has had it for long, however busy it is', async () => {
    const access = storeOnDemand(folder, { idleMs: 60_000, longestOpenMs: 0 });
    await access.use(names);
    await expect.poll(() => lockHolder(folder)).toBeUndefined();
    await access.close();
  });

  it('notices what another process has written, and only then', async () => {
    const access = storeOnDemand(folder, { idleMs: 10 });
    await access.use(names);
    await expect.poll(() => lockHolder(folder)).toBeUndefined();
    await pause(20);
    const before = access.changes();
    expect(access.changes()).toBe(before);
    await as('another', (store) => storeCampaign(store.database, 'second'));
    expect(access.changes()).toBeGreaterThan(before ?? 0);
    expect(await access.use(names)).toEqual(['first', 'second']);
    await access.close();
    expect(lockHolder(folder)).toBeUndefined();
  });

  it('opens it once for all who ask at the same time, and keeps it open for the slowest', async () => {
    const access = storeOnDemand(folder, { idleMs: 1 });
    const slow = access.use(async (store) => {
      await pause(50);
      return await names(store);
    });
    const [one, two] = await Promise.all([access.use(names), access.use(names)]);
    expect(one).toEqual(two);
    expect(await slow).toEqual(one);
    await access.close();
  });

  it('waits for whoever holds it for a moment, and says so when that takes long', async () => {
    const access = storeOnDemand(folder, { idleMs: 1, patienceMs: 2_000 });
    const waiting = await as('report', async () => {
      const asked = access.use(names);
      await pause(150);
      return { asked };
    });
    expect(await waiting.asked).toEqual(['first', 'second']);
    await access.close();
    const impatient = storeOnDemand(folder, { patienceMs: 0 });
    await as('run', async () => {
      await expect(impatient.use(names)).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' });
    });
    expect(await impatient.use(names)).toEqual(['first', 'second']);
    await impatient.close();
  });
});
