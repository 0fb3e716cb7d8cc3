import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import { type Fault, type FaultPlan, rateLimit, seededFaults } from '../servers/faults.ts';
import { startTcpProxy } from '../servers/tcp-proxy.ts';
import { putDataFolder, temporaryFolder } from '../support/folders.ts';
import { httpCampaign, LARGE, SMALL, startModelServers, undisturbedHttp } from './campaigns.ts';
import { byForm, SEED } from './mode.ts';
import { readCampaign } from './read-campaign.ts';
import { session } from './session.ts';
import { type Tally, tallyOf } from './tally.ts';

/** Everything that a server of models has been seen to do wrong. */
const FAULTS: readonly Fault[] = [
  rateLimit('0'),
  { kind: 'status', status: 429, body: 'Too many requests' },
  { kind: 'status', status: 500, body: { error: { message: 'CUDA out of memory' } } },
  { kind: 'status', status: 503, headers: { 'retry-after': '1' }, body: 'loading' },
  'reset',
  'stall',
  'html',
  'truncated',
  'garbage',
  'empty',
];
const size = byForm(SMALL, LARGE);
/** So short that a stalled request is given up soon; what is given up by mistake is tried again like any other. */
const pressure = { concurrency: 8, timeoutSeconds: 2, retries: 6 };
/** A conversation that fails for good is tried again by `art resume`: so many times at the most. */
const SESSIONS = 6;

/** Works on the campaign, again where something failed for good, and compares. */
async function workUntilDone(config: ConfigInput, tally: Tally): Promise<void> {
  const dataDir = await putDataFolder(join(temporaryFolder(), 'data'));
  for (let sessions = 1; ; sessions++) {
    const { status, counts } = await session(config, { dataDir });
    if (status === 'done') break;
    expect({ status, sessions }, JSON.stringify(counts)).toEqual({
      status: 'failed',
      sessions: expect.any(Number),
    });
    expect(sessions).toBeLessThan(SESSIONS);
    tally.add({ resumed: 1 });
  }
  const record = await readCampaign({ dataDir });
  if (record === undefined) throw new Error('the campaign is gone');
  tally.expectSame(record, await undisturbedHttp(size));
}

/** Counts what a plan breaks. */
function counted(plan: FaultPlan, tally: Tally): FaultPlan {
  return (request) => {
    const fault = plan(request);
    if (fault !== undefined) tally.add({ faults: 1 });
    return fault;
  };
}

describe(`servers of models (seed ${SEED})`, { timeout: byForm(300_000, 3_600_000) }, () => {
  const failing = tallyOf('30 % of the requests to models fail');
  it.each(Array.from({ length: byForm(1, 4) }, (_, index) => index))(
    'that fail at three requests of ten change nothing (campaign %i)',
    async (index) => {
      const plan = (salt: number) => ({
        faults: counted(seededFaults({ seed: SEED + 2 * index + salt, rate: 0.3, faults: FAULTS }), failing),
      });
      const servers = await startModelServers({ chat: plan(0), draw: plan(1) });
      onTestFinished(() => servers.close());
      await workUntilDone(httpCampaign(size, pressure, servers), failing);
    },
  );

  const slowing = tallyOf('Models twice as slow every minute');
  it('that become twice as slow again and again, past the timeout, change nothing', async () => {
    const period = byForm(600, 60_000);
    const doublings = byForm(8, 8);
    const begun = performance.now();
    const plan = counted(() => {
      const doubled = Math.floor((performance.now() - begun) / period);
      // In the end somebody starts it anew.
      return doubled > doublings ? undefined : { kind: 'slow', ms: 10 * 2 ** doubled };
    }, slowing);
    const servers = await startModelServers({ chat: { faults: plan }, draw: { faults: plan } });
    onTestFinished(() => servers.close());
    await workUntilDone(httpCampaign(size, pressure, servers), slowing);
  });

  const down = tallyOf('All servers of models down, then back');
  it('that are all gone for a while are waited for', async () => {
    const servers = await startModelServers({ chat: { latencyMs: 10 }, draw: { latencyMs: 10 } });
    const portOf = ({ url }: { readonly url: string }) => Number(new URL(url).port);
    const proxies = [
      await startTcpProxy(portOf(servers.chat)),
      await startTcpProxy(portOf(servers.draw)),
    ] as const;
    onTestFinished(async () => {
      for (const proxy of proxies) await proxy.close();
      await servers.close();
    });
    const [chat, draw] = proxies.map(({ port }) => ({ url: `http://127.0.0.1:${port}` }));
    if (chat === undefined || draw === undefined) throw new Error('two proxies make two addresses');
    const outage = servers.draw.asked('/', 20).then(async () => {
      for (const proxy of proxies) await proxy.down();
      down.add({ faults: proxies.length });
      await new Promise((resolve) => setTimeout(resolve, byForm(3_000, 60_000)));
      for (const proxy of proxies) await proxy.up();
    });
    const { draw: target, chat: language } = servers;
    await workUntilDone(
      httpCampaign(size, pressure, { chat: { ...language, ...chat }, draw: { ...target, ...draw } }),
      down,
    );
    await outage;
  });
});
