import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeModels } from '../../src/campaign/campaign-fixtures.ts';
import { offerCampaign } from '../../src/campaign/follow-campaign.ts';
import { planCampaign } from '../../src/campaign/plan-campaign.ts';
import { type CampaignCounts, countCampaign } from '../../src/store/counts.ts';
import { openStore } from '../../src/store/open-store.ts';
import { INSTANT_JUDGES } from './instant-judges.ts';
import { PostgresClock } from './postgres-clock.ts';

/** What the workers ask: models in their own process, each answer after so long, or those at a server. */
export type WorkerModels =
  | { readonly kind: 'in process'; readonly latencyMs: number }
  | { readonly kind: 'at a server' };

/** What a worker process is started with. */
export interface WorkerOptions {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly models: WorkerModels;
  /** Of the campaign, without judges. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Conversations, and evaluations, at once in each worker; default: as the endpoints allow. */
  readonly atOnce?: number | undefined;
  /** Whether garbage is collected every second, to see what stays. */
  readonly watchMemory?: boolean;
}

/** What a worker tells when the campaign has ended. */
export interface WorkerResult {
  readonly status: string;
  /** By the system's clock, in milliseconds. */
  readonly endedAt: number;
  /** Processor time since it began, in milliseconds. */
  readonly cpuMs: number;
  /** How often it asked the target. */
  readonly drawn: number;
  readonly memory: {
    /** The most that stayed after a garbage collection, where `watchMemory` is on. */
    readonly heapMb: number;
    /** The most that the process has had of the machine. */
    readonly peakMb: number;
  };
}

/** What a campaign took. */
export interface WorkersMeasured {
  readonly counts: CampaignCounts;
  /** From the word to go until the last turn and image was stored. */
  readonly wallMs: number;
  readonly workers: readonly WorkerResult[];
  /** Processor time of the PostgreSQL server meanwhile, in milliseconds. */
  readonly postgresCpuMs: number;
}

/** Has so many worker processes work on one new campaign of a database. */
export async function runWorkers(
  count: number,
  databaseUrl: string,
  {
    models,
    config,
    atOnce,
    watchMemory = false,
  }: Pick<WorkerOptions, 'models' | 'config' | 'atOnce' | 'watchMemory'>,
): Promise<WorkersMeasured> {
  const dataDir = await mkdtemp(join(tmpdir(), 'art-bench-workers-'));
  const store = await openStore({ dataDir, databaseUrl, command: 'bench' });
  const children: ChildProcess[] = [];
  try {
    const fake = await fakeModels({
      config,
      promptJudges: INSTANT_JUDGES.prompt,
      imageJudges: INSTANT_JUDGES.image,
    });
    const campaign = await planCampaign(store, { ...fake, startPrompts: ['a pic of cat'] });
    const options: WorkerOptions = { databaseUrl, dataDir, models, config, atOnce };
    for (let number = 0; number < count; number++) {
      children.push(
        fork(new URL('./worker.ts', import.meta.url), [JSON.stringify(options)], {
          execArgv: watchMemory ? ['--expose-gc'] : [],
        }),
      );
    }
    await Promise.all(children.map(answerOf));
    const clock = await PostgresClock.start(store.database);
    const results = children.map(async (child): Promise<WorkerResult> => {
      const result = await answerOf(child);
      if (!isResult(result) || result.status !== 'done')
        throw new Error(`a worker said ${JSON.stringify(result)}`);
      return result;
    });
    await offerCampaign(store, campaign.id);
    const begun = Date.now();
    for (const child of children) child.send('go');
    const workers = await Promise.all(results);
    const postgresCpuMs = await clock.milliseconds();
    return {
      counts: await countCampaign(store.database, campaign.id),
      wallMs: Math.min(...workers.map(({ endedAt }) => endedAt)) - begun,
      workers,
      postgresCpuMs,
    };
  } finally {
    for (const child of children) child.kill();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** What a worker says next. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`a worker ended with ${code}`)),
  );
  const [message]: unknown[] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

function isResult(value: unknown): value is WorkerResult {
  return typeof value === 'object' && value !== null && 'status' in value && 'cpuMs' in value;
}
