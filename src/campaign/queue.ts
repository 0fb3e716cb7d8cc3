import { is, SQL, sql } from 'drizzle-orm';
import { fromDrizzle, fromPglite, type Job, PgBoss } from 'pg-boss';
import type { OpenWork } from '../store/campaigns.ts';
import { chainOf } from '../store/disk-full.ts';
import { type Database, LONGEST_QUERY_MS, type Store } from '../store/open-store.ts';
import { rowsOf } from '../store/rows.ts';

/** The two kinds of work. A job is a conversation, or the evaluation images of one turn. */
export type JobKind = 'conversation' | 'evaluation';

/** What a job says: which conversation or turn. */
export interface JobData {
  readonly id: number;
}

/** A job that this process holds. */
export type HeldJob = Job<JobData>;

const SCHEMA = 'art_queue';
/** Of PostgreSQL. */
const FOREIGN_KEY_VIOLATION = '23503';
const HOURS_23 = 23 * 3600;
/** All of them. */
export const JOB_KINDS: readonly JobKind[] = ['conversation', 'evaluation'];

/** How long a worker on a server may be silent before its jobs go to others, in seconds; pg-boss takes 10 at least. */
export const HEARTBEAT_SECONDS = 30;

/** pg-boss hands these on to the pool that it makes; as for the store's own. */
const PATIENCE = { connectionTimeoutMillis: 10_000, query_timeout: LONGEST_QUERY_MS, keepAlive: true };

/** What the jobs of all campaigns of a process stand on. */
export interface JobDatabase {
  readonly boss: PgBoss;
  close(): Promise<void>;
}

/**
 * Starts pg-boss on a store.
 *
 * @param onError hears what goes wrong in its maintenance; nothing is lost by it
 */
export async function openJobDatabase(store: Store, onError: (error: unknown) => void): Promise<JobDatabase> {
  const connection =
    store.queueConnection.backend === 'pglite'
      ? { db: fromPglite(store.queueConnection.client), backend: 'pglite' as const }
      : { connectionString: store.queueConnection.connectionString, max: 4, ...PATIENCE };
  const boss = new PgBoss({
    ...connection,
    schema: SCHEMA,
    schedule: false,
    superviseIntervalSeconds: store.kind === 'server' ? 5 : 30,
    monitorIntervalSeconds: store.kind === 'server' ? 5 : 60,
  });
  boss.on('error', onError);
  await boss.start();
  return { boss, close: () => boss.stop({ graceful: false, close: true }) };
}

/** What a queue needs to know of its campaign. */
export interface QueueOptions {
  readonly campaignId: string;
  /** Of the campaign, in its order: on a server each has queues of its own, so that workers can choose. */
  readonly categories: readonly string[];
  /** The categories whose work is taken; default: all. */
  readonly serves?: ReadonlySet<string> | undefined;
  readonly heartbeatSeconds?: number | undefined;
  readonly onError: (error: unknown) => void;
}

/**
 * The work queue of one campaign, on pg-boss.
 *
 * Jobs only say what there is to do: what has been done stands in the store's own tables, so a job
 * that is lost, doubled or taken up again changes nothing in the result.
 */
export class CampaignQueue {
  readonly #boss: PgBoss;
  readonly #options: QueueOptions;
  /** Ends of names: one for each category, or one for all where nobody else can choose. */
  readonly #parts: readonly string[];
  readonly #served: readonly string[];
  readonly #held = new Map<string, HeldJob>();
  #heartbeat: NodeJS.Timeout | undefined;
  #turn = 0;

  private constructor(boss: PgBoss, byCategory: boolean, options: QueueOptions) {
    this.#boss = boss;
    this.#options = options;
    this.#parts = byCategory ? options.categories.map((_, place) => `/${place}`) : [''];
    this.#served = this.#parts.filter(
      (_, place) => !byCategory || (options.serves?.has(options.categories[place] ?? '') ?? true),
    );
  }

  /** Takes part in the queue of a campaign. */
  static async open(
    { boss }: JobDatabase,
    kind: Store['kind'],
    options: QueueOptions,
  ): Promise<CampaignQueue> {
    const queue = new CampaignQueue(boss, kind === 'server', options);
    await queue.#create();
    await queue.#beginHeartbeats();
    return queue;
  }

  /** Does something that adds work; once more where somebody who found the campaign done has removed the queue. */
  async adding<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act();
    } catch (error) {
      if (!isQueueRemoved(error)) throw error;
    }
    await this.#create();
    return await act();
  }

  /** Asks for work, within a transaction of the store. */
  async add(database: Database, kind: JobKind, work: readonly OpenWork[]): Promise<void> {
    const options = { db: fromDrizzle({ execute: (query) => executeRaw(database, query) }, sql) };
    for (const [name, items] of Map.groupBy(work, ({ category }) => this.#nameFor(kind, category))) {
      const [only] = items;
      if (items.length === 1 && only !== undefined) {
        await this.#boss.send(name, { id: only.id }, { ...options, singletonKey: String(only.id) });
        continue;
      }
      await this.#boss.insert(
        name,
        items.map(({ id }) => ({ data: { id }, singletonKey: String(id) })),
        options,
      );
    }
  }

  /** Takes up to `count` jobs, the oldest first; of the categories in turn. */
  async take(kind: JobKind, count: number): Promise<HeldJob[]> {
    const taken: HeldJob[] = [];
    const turn = this.#turn % Math.max(1, this.#served.length);
    let parts = [...this.#served.slice(turn), ...this.#served.slice(0, turn)];
    while (parts.length > 0 && taken.length < count) {
      const more: string[] = [];
      for (const [place, part] of parts.entries()) {
        // A share of the room each, so that no category waits until another is done.
        const batchSize = Math.ceil((count - taken.length) / (parts.length - place));
        if (batchSize === 0) break;
        const name = this.#name(kind, part);
        const jobs = await this.#fetch(name, batchSize).catch((error: unknown) => {
          // Those that were taken before are this worker's now: nobody else would ever do them.
          if (taken.length === 0) throw error;
          return undefined;
        });
        if (jobs === undefined) return taken;
        for (const job of jobs) this.#held.set(job.id, job);
        taken.push(...jobs);
        if (jobs.length === batchSize) more.push(part);
      }
      parts = more;
    }
    this.#turn++;
    return taken;
  }

  /** Says that a job is done; nothing happens where it was given to somebody else meanwhile. */
  async finish(job: HeldJob): Promise<void> {
    this.#forget(job);
    await unlessRemoved(this.#boss.complete(job.name, attemptOf(job)), undefined);
  }

  /** Gives a job back for somebody else to take up. */
  async giveBack(job: HeldJob): Promise<void> {
    this.#forget(job);
    await unlessRemoved(this.#boss.fail(job.name, attemptOf(job)), undefined);
  }

  /**
   * Whether a job is still held here, and not somebody else's because this process was silent for too long; if so, it
   * stays held for the length of a heartbeat.
   */
  async holds(job: HeldJob): Promise<boolean> {
    await unlessRemoved(this.#boss.touch(job.name, attemptOf(job)), undefined);
    const [found] = await unlessRemoved(this.#boss.findJobs<JobData>(job.name, { id: job.id }), []);
    return found?.state === 'active' && found.retryCount === job.retryCount;
  }

  /** Forgets every job: for an embedded store, where nobody else can hold any. */
  async clear(): Promise<void> {
    for (const name of this.#names()) await this.#boss.deleteAllJobs(name);
  }

  /** Removes the queue of a campaign that is done. */
  async remove(): Promise<void> {
    for (const name of this.#names()) await this.#boss.deleteQueue(name);
  }

  /** Stops taking part. Jobs still held go to others when their heartbeat runs out. */
  close(): void {
    clearInterval(this.#heartbeat);
  }

  /** As often as jobs want it: they have it from whoever made the queue, perhaps a worker with more haste. */
  async #beginHeartbeats(): Promise<void> {
    const { heartbeatSeconds = HEARTBEAT_SECONDS, onError } = this.#options;
    const made = await this.#boss.getQueues(this.#names());
    const shortest = Math.min(heartbeatSeconds, ...made.map((queue) => queue.heartbeatSeconds ?? Infinity));
    this.#heartbeat = setInterval(() => {
      this.#touch().catch(onError);
    }, shortest * 250);
    this.#heartbeat.unref();
  }

  async #create(): Promise<void> {
    const { heartbeatSeconds = HEARTBEAT_SECONDS } = this.#options;
    for (const name of this.#names()) {
      await this.#boss.createQueue(name, {
        // One job a conversation or turn, however often it is asked for.
        policy: 'exclusive',
        retryLimit: 1_000_000,
        expireInSeconds: HOURS_23,
        heartbeatSeconds,
      });
    }
  }

  #fetch(name: string, batchSize: number): Promise<HeldJob[]> {
    // No job is put off: one that seems to be was asked for before somebody set the clock back.
    return unlessRemoved(this.#boss.fetch<JobData>(name, { batchSize, ignoreStartAfter: true }), []);
  }

  #names(): string[] {
    return JOB_KINDS.flatMap((kind) => this.#parts.map((part) => this.#name(kind, part)));
  }

  #nameFor(kind: JobKind, category: string): string {
    const place = this.#options.categories.indexOf(category);
    return this.#name(kind, this.#parts[place] ?? this.#parts[0] ?? '');
  }

  #name(kind: JobKind, part: string): string {
    return `${kind}/${this.#options.campaignId}${part}`;
  }

  /** Not where it was lost and taken again meanwhile: then another attempt at it is held. */
  #forget(job: HeldJob): void {
    if (this.#held.get(job.id) === job) this.#held.delete(job.id);
  }

  async #touch(): Promise<void> {
    for (const [name, jobs] of Map.groupBy(this.#held.values(), (job) => job.name)) {
      await this.#boss.touch(name, jobs.map(attemptOf));
    }
  }
}

/** A job as this worker holds it: what is said of it holds only while nobody else has taken it up. */
function attemptOf({ id, retryCount }: HeldJob): { readonly id: string; readonly retryCount: number } {
  return { id, retryCount };
}

/** What the queue answers, or something else when another worker has found the campaign done and removed it. */
export async function unlessRemoved<Answer, Otherwise>(
  answer: Promise<Answer>,
  otherwise: Otherwise,
): Promise<Answer | Otherwise> {
  try {
    return await answer;
  } catch (error) {
    if (isQueueRemoved(error)) return otherwise;
    throw error;
  }
}

/** Whether an error, or what caused it, says that a queue is not there any more. */
export function isQueueRemoved(error: unknown): boolean {
  return chainOf(error).some(
    (link) =>
      link instanceof Error &&
      'code' in link &&
      (link.code === 'PGBOSS_QUEUE_NOT_FOUND' ||
        // What was added within a transaction is found out when it is committed.
        (link.code === FOREIGN_KEY_VIOLATION && 'schema' in link && link.schema === SCHEMA)),
  );
}

async function executeRaw(database: Database, query: unknown): Promise<{ rows: Record<string, unknown>[] }> {
  if (!is(query, SQL)) throw new TypeError('pg-boss handed over something that is no query');
  return { rows: rowsOf(await database.execute(query)) };
}
