/**
 * Many workers on one PostgreSQL server.
 *
 * 1. Turns a second of 4 worker processes against 1, with models in their own process: such that answer at once, where
 *    the cores of the machine are soon full and processor time says what more cores would give, and such that take
 *    200 ms, where they are not. Wanted: 3 × until the cores are full.
 * 2. Scheduler efficiency of 4 workers that share the limits of fixed-latency servers, as in `scheduler.ts`: (requests
 *    to the target × 1 s / 4) ÷ wall time, and the most requests that were ever in flight at each server, by its own
 *    count, which must not be above the limit. Wanted: 0.95.
 *
 * Takes a quarter of an hour; `--scale 0.1` has the servers answer in a tenth of the time. `--only speed` or
 * `--only efficiency` for one of them alone; `--workers 2` for another number.
 */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';
import { modelsAt, startModelServer } from './support/campaign.ts';
import { runWorkers, type WorkersMeasured } from './support/run-workers.ts';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    only: { type: 'string' },
    workers: { type: 'string', default: '4' },
    conversations: { type: 'string', default: '120' },
    'at-once': { type: 'string' },
  },
});
const scale = Number(values.scale);
const many = Number(values.workers);
const cores = availableParallelism();
const postgres = await startPostgres();
let databases = 0;
try {
  if (values.only !== 'efficiency') {
    const conversations = Number(values.conversations);
    await speed('models that answer at once', { latencyMs: 0, conversations, rounds: 19 });
    await speed('models that take 200 ms', { latencyMs: 200, conversations: 48, rounds: 9 });
  }
  if (values.only !== 'speed') await efficiency();
} finally {
  await postgres.stop();
}

async function speed(
  what: string,
  {
    latencyMs,
    conversations,
    rounds,
  }: { readonly latencyMs: number; readonly conversations: number; readonly rounds: number },
): Promise<void> {
  const inProcess = { provider: 'sandbox', concurrency: 8, timeoutSeconds: 60 };
  const config = {
    target: inProcess,
    writer: inProcess,
    guide: inProcess,
    conversations: conversations / 2,
    rounds,
    imagesPerPrompt: 2,
  };
  const rates: number[] = [];
  const msATurn: number[] = [];
  for (const count of [1, many]) {
    const measured = await runWorkers(count, await postgres.createDatabase(`speed_${++databases}`), {
      models: { kind: 'in process', latencyMs },
      config,
      atOnce: 4,
    });
    const { counts, wallMs, workers, postgresCpuMs } = measured;
    const rate = counts.turns / (wallMs / 1_000);
    rates.push(rate);
    const all = cpuOf(measured);
    msATurn.push(all / counts.turns);
    console.log(
      `${what}, ${count} worker${count === 1 ? '' : 's'}: ${counts.turns} turns and ${counts.evaluationImages.drawn} evaluation images in ` +
        `${(wallMs / 1_000).toFixed(1)} s, ${rate.toFixed(1)} turns/s; processor time: workers ` +
        `${workers.map(({ cpuMs }) => (cpuMs / 1_000).toFixed(1)).join(' + ')} s, PostgreSQL ${(postgresCpuMs / 1_000).toFixed(1)} s: ` +
        `${((100 * all) / wallMs / cores).toFixed(0)} % of ${cores} cores, ${(all / counts.turns).toFixed(2)} ms a turn`,
    );
  }
  const [one = Number.NaN, more = Number.NaN] = rates;
  const [alone = Number.NaN, together = Number.NaN] = msATurn;
  console.log(
    `${what}: a turn takes ${together.toFixed(1)} ms of processor time with ${many} workers and ${alone.toFixed(1)} ms with 1: ` +
      `with cores enough ${many} would be ${((many * alone) / together).toFixed(1)} × as fast`,
  );
  console.log(
    `workers, ${what}: ${many} are ${(more / one).toFixed(2)} × as fast as 1 (to reach: 3, until the cores are full)`,
  );
}

async function efficiency(): Promise<void> {
  const options = {
    writer: { latencyMs: 300 * scale, slots: 8 },
    guide: { latencyMs: 500 * scale, slots: 8 },
    target: { latencyMs: 1_000 * scale, slots: 4 },
    side: 512,
    picture: 'photo' as const,
  };
  const server = await startModelServer(options);
  try {
    const measured = await runWorkers(many, await postgres.createDatabase('efficiency'), {
      models: { kind: 'at a server' },
      config: {
        ...modelsAt(server.url, options),
        categories: ['violence'],
        conversations: 40,
        rounds: 10,
        imagesPerPrompt: 5,
      },
      atOnce: values['at-once'] === undefined ? undefined : Number(values['at-once']),
    });
    const { counts, wallMs, workers } = measured;
    const { most } = await server.counts();
    const requests = counts.turns + counts.evaluationImages.drawn;
    const boundMs = (requests * options.target.latencyMs) / options.target.slots;
    console.log(
      `${counts.turns} turns and ${counts.evaluationImages.drawn} evaluation images by ${many} workers (requests to the target: ` +
        `${workers.map(({ drawn }) => drawn).join(' + ')}) in ${(wallMs / 1_000).toFixed(1)} s (bound ${(boundMs / 1_000).toFixed(1)} s), ` +
        `${((100 * cpuOf(measured)) / wallMs).toFixed(0)} % of a core`,
    );
    for (const name of ['writer', 'guide', 'target'] as const) {
      const limit = options[name].slots;
      console.log(`most requests in flight at the ${name}: ${most[name]} (limit ${limit} over all workers)`);
      if (most[name] > limit) process.exitCode = 1;
    }
    console.log(
      `scheduler efficiency of ${many} workers${scale === 1 ? '' : ` at ${scale} of the latencies`}: ${(boundMs / wallMs).toFixed(3)} (to reach: 0.95)`,
    );
  } finally {
    server.close();
  }
}

function cpuOf({ workers, postgresCpuMs }: WorkersMeasured): number {
  return workers.reduce((sum, { cpuMs }) => sum + cpuMs, postgresCpuMs);
}
