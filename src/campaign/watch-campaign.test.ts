import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { beginWork, endWork, findCampaign, setWish } from '../store/campaigns.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore } from '../store/store-fixtures.ts';
import { fakeConfig } from './campaign-fixtures.ts';
import { storing } from './storing.ts';
import { type CampaignStop, watchCampaign } from './watch-campaign.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

let campaigns = 0;
async function watched(config: Record<string, unknown> = {}, requestsHere: () => number = () => 0) {
  const id = `watched-${campaigns++}`;
  const { store } = temporary;
  await storeCampaign(store.database, id);
  await beginWork(store.database, id);
  const stops: CampaignStop[] = [];
  const unwatch = watchCampaign({
    store,
    campaign: { id },
    config: fakeConfig(config),
    storing,
    now: () => performance.now(),
    requestsHere,
    onStop: (stop) => stops.push(stop),
    onProblem: (error) => {
      throw error;
    },
  });
  return { id, stops, unwatch, database: store.database };
}

describe('watchCampaign', () => {
  it.each([
    ['pause', 'paused'],
    ['cancel', 'cancelled'],
  ] as const)('hears of art %s, once', async (wish, status) => {
    const { id, stops, unwatch, database } = await watched();
    await setWish(database, id, wish);
    await vi.waitFor(() => expect(stops).toMatchObject([{ status }]), { timeout: 20_000 });
    await unwatch();
    expect(stops).toHaveLength(1);
  });

  it('notices that somebody else has ended the campaign', async () => {
    const { id, stops, unwatch, database } = await watched();
    await endWork(database, id, { status: 'out of budget', finishedAt: null, ending: 'spent' });
    await vi.waitFor(() => expect(stops).toMatchObject([{ status: 'out of budget' }]), { timeout: 20_000 });
    await unwatch();
  });

  it('says that a budget is spent', async () => {
    let requests = 0;
    const { stops, unwatch } = await watched({ budget: { requests: 5 } }, () => requests);
    requests = 5;
    await vi.waitFor(
      () =>
        expect(stops).toMatchObject([
          { status: 'out of budget', ending: 'Its budget of 5 requests is spent.' },
        ]),
      { timeout: 20_000 },
    );
    await unwatch();
  });

  it('decides for the work that it watches: a campaign that is resumed meanwhile goes on', async () => {
    const { id, stops, unwatch, database } = await watched();
    await setWish(database, id, 'pause');
    await vi.waitFor(() => expect(stops).toMatchObject([{ status: 'paused' }]), { timeout: 20_000 });
    await unwatch();
    const [stop] = stops;
    if (stop === undefined) throw new Error('It heard nothing.');
    // Somebody else was quicker to leave it, and art resume came before this one had finished its requests.
    await endWork(database, id, { ...stop, finishedAt: null });
    expect(await findCampaign(database, id)).toMatchObject({ status: 'paused' });
    await beginWork(database, id);
    await endWork(database, id, { ...stop, finishedAt: null });
    expect(await findCampaign(database, id)).toMatchObject({ status: 'running', ending: null });
  });

  it('says nothing once it has ended', async () => {
    const { id, stops, unwatch, database } = await watched();
    await unwatch();
    await setWish(database, id, 'cancel');
    await unwatch();
    expect(stops).toEqual([]);
  });
});

describe('the time for which a campaign is worked on', () => {
  it('counts until it is left, and ends nothing that is done already', async () => {
    const { id, unwatch, database } = await watched();
    await unwatch();
    await endWork(database, id, { status: 'done', finishedAt: new Date(0) });
    await endWork(database, id, { status: 'paused', finishedAt: null, ending: 'too late' });
    const row = await findCampaign(database, id);
    expect(row).toMatchObject({ status: 'done', ending: null, runningSince: null });
    expect(row?.workedSeconds).toBeGreaterThan(0);
  });
});
