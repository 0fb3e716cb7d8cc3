/**
 * A worker for benchmarks: what `art worker` is, with models in this process or at a model server. It is forked by
 * `runWorkers`; options come as JSON in the first argument. It says `ready`, works from `go` on, and tells what it
 * took when the campaign has ended.
 */
import { fakeModels } from '../../src/campaign/campaign-fixtures.ts';
import { makeModels } from '../../src/campaign/make-models.ts';
import { Membership } from '../../src/campaign/membership.ts';
import { openJobDatabase } from '../../src/campaign/queue.ts';
import { type Prepared, serveCampaigns } from '../../src/campaign/serve-campaigns.ts';
import { storing } from '../../src/campaign/storing.ts';
import { validateConfig } from '../../src/config/validate-config.ts';
import { openStore } from '../../src/store/open-store.ts';
import { INSTANT_JUDGES } from './instant-judges.ts';
import type { WorkerOptions, WorkerResult } from './run-workers.ts';

const options: WorkerOptions = JSON.parse(process.argv[2] ?? '{}');
const store = await openStore({ ...options, command: 'bench' });
let drawn = 0;
const prepared = await prepare();
const complain = (message: string) => console.error(`worker ${process.pid}: ${message}`);
const membership = await Membership.join(store, { command: 'bench', serves: {}, onProblem: complain });
if (membership === undefined) throw new Error('workers need a server');
const jobs = await openJobDatabase(store, (error) => complain(String(error)));
process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));

const cpu = process.cpuUsage();
/** The most that stayed after a garbage collection; only where node was started with `--expose-gc`. */
let mostHeap = 0;
const sampling = setInterval(() => {
  globalThis.gc?.();
  mostHeap = Math.max(mostHeap, process.memoryUsage().heapUsed);
}, 1_000);
if (globalThis.gc === undefined) clearInterval(sampling);
const stop = new AbortController();
await serveCampaigns(store, {
  membership,
  jobs,
  storing,
  prepare: async () => prepared,
  campaignsAtOnce: 1,
  untilIdle: true,
  limits: options.atOnce === undefined ? {} : { conversation: options.atOnce, evaluation: options.atOnce },
  stop: stop.signal,
  events: {
    takenUp: () => undefined,
    left: (_campaign, { status }) => {
      const { user, system } = process.cpuUsage(cpu);
      const cpuMs = (user + system) / 1_000;
      const memory = { heapMb: mostHeap / 1e6, peakMb: process.resourceUsage().maxRSS / 1_024 };
      const result: WorkerResult = { status, endedAt: Date.now(), cpuMs, drawn, memory };
      process.send?.(result);
    },
    refused: (_campaign, error) => complain(error.message),
    broken: () => undefined,
    warning: (_campaign, message) => complain(message),
    problem: (_campaign, endpoint, problem) => complain(`${endpoint}: ${problem.message}`),
  },
});
clearInterval(sampling);
await jobs.close();
await membership.leave();
await store.close();
process.disconnect?.();

async function prepare(): Promise<Prepared> {
  const { models, config } = options;
  if (models.kind === 'in process') {
    return await fakeModels({
      config,
      promptJudges: INSTANT_JUDGES.prompt,
      imageJudges: INSTANT_JUDGES.image,
      onCall: async ({ role }) => {
        if (role === 'target') drawn++;
        if (models.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, models.latencyMs));
      },
    });
  }
  const whole = validateConfig({ ...config, judges: INSTANT_JUDGES }, { env: process.env });
  const counting: typeof fetch = (input, init) => {
    if (String(input).includes('/target/')) drawn++;
    return fetch(input, init);
  };
  const made = await makeModels(whole, { env: process.env, fetch: counting, configDir: options.dataDir });
  return { config: whole, models: made };
}
