import { is, SQL, sql } from 'drizzle-orm';
import { fromDrizzle, fromPglite, type Job, PgBoss } from 'pg-boss';
import type { Database, Store } from '../store/open-store.ts';
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
const HOURS_23 = 23 * 3600;
const HEARTBEAT_SECONDS = 60;
const KINDS: readonly JobKind[] = ['conversation', 'evaluation'];

/**
 * The work queue of one campaign, on pg-boss.
 *
 * Jobs only say what there is to do: what has been done stands in the store's own tables, so a job
 * that is lost, doubled or taken up again changes nothing in the result.
 */
export class CampaignQueue {
  readonly #boss: PgBoss;
  readonly #campaignId: string;
  readonly #held = new Map<string, JobKind>();
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(boss: PgBoss, campaignId: string, onError: (error: unknown) => void) {
    this.#boss = boss;
    this.#campaignId = campaignId;
    this.#heartbeat = setInterval(
      () => {
        this.#touch().catch(onError);
      },
      (HEARTBEAT_SECONDS * 1_000) / 4,
    );
    this.#heartbeat.unref();
  }

  /** Starts the queue for a campaign. */
  static async open(
    store: Store,
    campaignId: string,
    onError: (error: unknown) => void,
  ): Promise<CampaignQueue> {
    const connection =
      store.queueConnection.backend === 'pglite'
        ? { db: fromPglite(store.queueConnection.client), backend: 'pglite' as const }
        : { connectionString: store.queueConnection.connectionString, max: 4 };
    const boss = new PgBoss({ ...connection, schema: SCHEMA, schedule: false, superviseIntervalSeconds: 30 });
    boss.on('error', onError);
    await boss.start();
    const queue = new CampaignQueue(boss, campaignId, onError);
    try {
      for (const kind of KINDS) {
        await boss.createQueue(queue.#name(kind), {
          // One job a conversation or turn, however often it is asked for.
          policy: 'exclusive',
          retryLimit: 1_000_000,
          expireInSeconds: HOURS_23,
          heartbeatSeconds: HEARTBEAT_SECONDS,
        });
      }
    } catch (error) {
      await queue.close();
      throw error;
    }
    return queue;
  }

  /** Asks for work, within a transaction of the store. */
  async add(database: Database, kind: JobKind, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const options = { db: fromDrizzle({ execute: (query) => executeRaw(database, query) }, sql) };
    const name = this.#name(kind);
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) {
      await this.#boss.send(name, { id: only }, { ...options, singletonKey: String(only) });
      return;
    }
    await this.#boss.insert(
      name,
      ids.map((id) => ({ data: { id }, singletonKey: String(id) })),
      options,
    );
  }

  /** Takes up to `count` jobs, the oldest first. */
  async take(kind: JobKind, count: number): Promise<HeldJob[]> {
    const jobs = await unlessRemoved(this.#boss.fetch<JobData>(this.#name(kind), { batchSize: count }), []);
    for (const { id } of jobs) this.#held.set(id, kind);
    return jobs;
  }

  /** Says that a job is done. */
  async finish(kind: JobKind, job: HeldJob): Promise<void> {
    this.#held.delete(job.id);
    await unlessRemoved(this.#boss.complete(this.#name(kind), job.id), undefined);
  }

  /** Gives a job back for somebody else to take up. */
  async giveBack(kind: JobKind, job: HeldJob): Promise<void> {
    this.#held.delete(job.id);
    await unlessRemoved(this.#boss.fail(this.#name(kind), job.id), undefined);
  }

  /** Forgets every job: for an embedded store, where nobody else can hold any. */
  async clear(): Promise<void> {
    for (const kind of KINDS) await this.#boss.deleteAllJobs(this.#name(kind));
  }

  /** Removes the queue of a campaign that is done. */
  async remove(): Promise<void> {
    for (const kind of KINDS) await this.#boss.deleteQueue(this.#name(kind));
  }

  /** Stops taking part. Jobs still held go to others when their heartbeat runs out. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#boss.stop({ graceful: false, close: true });
  }

  #name(kind: JobKind): string {
    return `${kind}/${this.#campaignId}`;
  }

  async #touch(): Promise<void> {
    for (const kind of KINDS) {
      const ids = [...this.#held].filter(([, held]) => held === kind).map(([id]) => id);
      if (ids.length > 0) await this.#boss.touch(this.#name(kind), ids);
    }
  }
}

/** What the queue answers, or something else when another worker has found the campaign done and removed it. */
async function unlessRemoved<Answer, Otherwise>(
  answer: Promise<Answer>,
  otherwise: Otherwise,
): Promise<Answer | Otherwise> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'PGBOSS_QUEUE_NOT_FOUND')
      return otherwise;
    throw error;
  }
}

async function executeRaw(database: Database, query: unknown): Promise<{ rows: Record<string, unknown>[] }> {
  if (!is(query, SQL)) throw new TypeError('pg-boss handed over something that is no query');
  return { rows: rowsOf(await database.execute(query)) };
}
