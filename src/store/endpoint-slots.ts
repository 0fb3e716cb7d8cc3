import { type SQL, sql } from 'drizzle-orm';
import { NOTICES_CHANNEL, type Notice } from './notices.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { endpointPaces, endpointSlots } from './schema.ts';

/** Makes the rows of an endpoint's slots, as far as they are not there. */
export async function makeSlots(database: Database, endpoint: string, concurrency: number): Promise<void> {
  await database.execute(sql`
    insert into ${endpointSlots} (endpoint, slot) select ${endpoint}, generate_series(1, ${concurrency}::int)
    on conflict do nothing`);
  await database.execute(sql`
    insert into ${endpointPaces} (endpoint) values (${endpoint}) on conflict do nothing`);
}

/** Bytes of a notice. */
const LONGEST_NOTICE = 7_000;

/** What a worker asks for. */
export interface SlotRequest {
  readonly endpoint: string;
  /** The endpoint's concurrency as the worker's campaign has it: only slots up to it are taken. */
  readonly concurrency: number;
  readonly worker: string;
  /** Tells this taking from every other: a slot is given back only as it was taken. No spaces. */
  readonly taking: string;
  readonly count: number;
  readonly leaseSeconds: number;
}

/**
 * Takes up to so many slots that nobody holds, or whose holder has not been heard of for too long.
 *
 * A slot is a row, so two workers cannot have the same one; the clock is the database's.
 */
export async function takeSlots(database: Database, request: SlotRequest): Promise<SlotTaken[]> {
  const { endpoint, concurrency, worker, taking, count, leaseSeconds } = request;
  const holder = `${worker} ${taking}`;
  const rows = rowsOf(
    await database.execute(sql`
      update ${endpointSlots} as taken
      set worker = ${holder}, held_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      from (
        select endpoint, slot from ${endpointSlots}
        where endpoint = ${endpoint} and slot <= ${concurrency}
          and (worker is null or held_until is null or held_until < clock_timestamp())
        order by slot limit ${count} for update skip locked
      ) as free
      where taken.endpoint = free.endpoint and taken.slot = free.slot
      returning taken.slot`),
  );
  return rows.map(({ slot }) => ({ slot: Number(slot), holder }));
}

/** A slot as it was taken. */
export interface SlotTaken {
  readonly slot: number;
  /** The worker, and by which taking. */
  readonly holder: string;
}

/**
 * Gives slots back, as far as they are still held as they were taken, and sends a notice; in one statement, so that
 * whoever waits hears of it as soon as can be. May be said again, at any time later.
 */
export async function freeSlots(
  database: Database,
  slots: readonly SlotTaken[],
  notice: Pick<Notice, 'endpoint' | 'worker' | 'to'>,
): Promise<void> {
  const { to, ...toAll } = notice;
  const wanted = { kind: 'slot free', ...toAll, ...(to === undefined ? {} : { to }) } satisfies Notice;
  const addressed = JSON.stringify(wanted);
  // PostgreSQL takes 8,000 bytes: where so many wait, it is said to all of them.
  const text =
    Buffer.byteLength(addressed) < LONGEST_NOTICE
      ? addressed
      : JSON.stringify({ kind: 'slot free', ...toAll } satisfies Notice);
  await database.execute(sql`
    with given as (
      select held.slot from ${endpointSlots} as held,
        jsonb_to_recordset(${JSON.stringify(slots)}::jsonb) as given(slot int, holder text)
      where held.endpoint = ${notice.endpoint} and held.slot = given.slot and held.worker = given.holder
      order by held.slot for update of held
    ), freed as (
      update ${endpointSlots} as held set worker = null, held_until = null
      from given where held.endpoint = ${notice.endpoint} and held.slot = given.slot
      returning held.slot
    )
    select pg_notify(${NOTICES_CHANNEL}, ${text}) from (select count(*) from freed) as all_of_them`);
}

/** The condition that a slot is held by a worker, by whichever taking. */
export function isHeldBy(worker: string): SQL {
  return sql`split_part(${endpointSlots.worker}, ' ', 1) = ${worker}`;
}

/**
 * Books the next moment at which the endpoint may be asked, evenly spaced over all workers together.
 *
 * @param spacingMs milliseconds between two requests; 0 where there is no such limit
 * @returns the milliseconds to wait from now, with what is left of a pause that the endpoint asked for
 */
export async function bookRequest(database: Database, endpoint: string, spacingMs: number): Promise<number> {
  const [row] = rowsOf(
    await database.execute(sql`
      insert into ${endpointPaces} as pace (endpoint, next_at)
      values (${endpoint}, clock_timestamp() + make_interval(secs => ${spacingMs / 1_000}))
      on conflict (endpoint) do update
        set next_at = greatest(pace.next_at, pace.paused_until, clock_timestamp()) + make_interval(secs => ${spacingMs / 1_000})
      returning extract(epoch from next_at - clock_timestamp())::float8 * 1000 as until_next`),
  );
  return Math.max(0, Number(row?.until_next ?? 0) - spacingMs);
}

/** Notes that an endpoint wants to be left alone for a while; the longest wish counts. */
export async function pauseEndpoint(database: Database, endpoint: string, pauseMs: number): Promise<void> {
  await database.execute(sql`
    insert into ${endpointPaces} as pace (endpoint, paused_until)
    values (${endpoint}, clock_timestamp() + make_interval(secs => ${pauseMs / 1_000}))
    on conflict (endpoint) do update set paused_until = greatest(pace.paused_until, excluded.paused_until)`);
}

/** Milliseconds that are left of a pause that the endpoint asked for. */
export async function pauseLeft(database: Database, endpoint: string): Promise<number> {
  const [row] = rowsOf(
    await database.execute(sql`
      select extract(epoch from paused_until - clock_timestamp())::float8 * 1000 as left_ms
      from ${endpointPaces} where endpoint = ${endpoint}`),
  );
  return Math.max(0, Number(row?.left_ms ?? 0));
}
