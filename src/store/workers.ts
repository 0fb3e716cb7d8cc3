import { sql } from 'drizzle-orm';
import { isHeldBy } from './endpoint-slots.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { endpointSlots, type WorkerRow, workers } from './schema.ts';

/** Who has not been heard of for so long has died, or is cut off: others take over. */
export const DEAD_AFTER_SECONDS = 30;

/** Rows of workers that died are kept so long, for whoever asks what happened. */
const FORGOTTEN_AFTER_HOURS = 24;

/** A worker as it presents itself; the clock is the database's. */
export type NewWorker = Pick<WorkerRow, 'id' | 'command' | 'host' | 'pid' | 'artVersion' | 'serves'>;

/** What a heartbeat tells. */
export interface Heartbeat {
  readonly doing: Readonly<Record<string, unknown>>;
  readonly draining: boolean;
  /** The holders of the slots that it keeps, by their takings; what it does not know of runs out. Default: none. */
  readonly holders?: readonly string[];
}

/** Presents a worker, or presents it again after its row has been removed; forgets those that died long ago. */
export async function presentWorker(database: Database, worker: NewWorker): Promise<void> {
  await database.execute(sql`
    insert into ${workers} (id, command, host, pid, art_version, serves, doing, draining, started_at, seen_at)
    values (${worker.id}, ${worker.command}, ${worker.host}, ${worker.pid}, ${worker.artVersion},
      ${JSON.stringify(worker.serves)}::jsonb, '{}'::jsonb, false, clock_timestamp(), clock_timestamp())
    on conflict (id) do update set seen_at = excluded.seen_at`);
  await database.execute(sql`
    delete from ${workers} where seen_at < clock_timestamp() - make_interval(hours => ${FORGOTTEN_AFTER_HOURS})`);
}

/**
 * Says that a worker is alive, and keeps the slots that it holds; in their order, as they are given back, so that the
 * two do not wait for each other.
 *
 * @param leaseSeconds how long the slots stay its own from now on
 * @returns whether its row was there; where not, it was taken for dead and has to present itself again
 */
export async function beat(
  database: Database,
  id: string,
  { doing, draining, holders = [] }: Heartbeat,
  leaseSeconds: number,
): Promise<boolean> {
  const rows = rowsOf(
    await database.execute(sql`
      with held as (
        select endpoint, slot from ${endpointSlots}
        where worker in (select jsonb_array_elements_text(${JSON.stringify(holders)}::jsonb))
          and held_until > clock_timestamp()
        order by endpoint, slot for update
      ), kept as (
        update ${endpointSlots} as kept set held_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
        from held where kept.endpoint = held.endpoint and kept.slot = held.slot
      )
      update ${workers} set seen_at = clock_timestamp(), doing = ${JSON.stringify(doing)}::jsonb, draining = ${draining}
      where id = ${id} returning id`),
  );
  return rows.length > 0;
}

/** Takes a worker's leave: its slots are free. */
export async function dismissWorker(database: Database, id: string): Promise<void> {
  await database.execute(sql`
    with freed as (update ${endpointSlots} set worker = null, held_until = null where ${isHeldBy(id)})
    delete from ${workers} where id = ${id}`);
}

/** A worker that has been heard of lately. */
export interface LiveWorker extends WorkerRow {
  /** Seconds since it was last heard of. */
  readonly silentSeconds: number;
}

/** The workers that are alive, the oldest first. */
export async function listLiveWorkers(database: Database): Promise<LiveWorker[]> {
  const rows = await database
    .select({
      worker: workers,
      silent: sql<number>`extract(epoch from clock_timestamp() - ${workers.seenAt})::float8`,
    })
    .from(workers)
    .where(sql`${workers.seenAt} > clock_timestamp() - make_interval(secs => ${DEAD_AFTER_SECONDS})`)
    .orderBy(workers.startedAt, workers.id);
  return rows.map(({ worker, silent }) => ({ ...worker, silentSeconds: Number(silent) }));
}

/** The live workers that work on a campaign. */
export async function listWorkersOf(database: Database, campaignId: string): Promise<LiveWorker[]> {
  const live = await listLiveWorkers(database);
  return live.filter((worker) => worksOn(worker, campaignId));
}

/**
 * Whether a worker has said that it works on a campaign: one that is there may have no room for it, or no key. Whoever
 * has just taken it up hears what is asked of it all the same.
 */
export function worksOn({ doing, serves }: Pick<WorkerRow, 'doing' | 'serves'>, campaignId: string): boolean {
  return campaignId in doing || (serves.campaigns?.includes(campaignId) ?? false);
}
