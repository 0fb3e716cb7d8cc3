import { sql } from 'drizzle-orm';
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

/** What a worker asks for. */
export interface SlotRequest {
  readonly endpoint: string;
  /** The endpoint's concurrency as the worker's campaign has it: only slots up to it are taken. */
  readonly concurrency: number;
  readonly worker: string;
  readonly count: number;
  readonly leaseSeconds: number;
}

/**
 * Takes up to so many slots that nobody holds, or whose holder has not been heard of for too long.
 *
 * A slot is a row, so two workers cannot have the same one; the clock is the database's.
 */
export async function takeSlots(database: Database, request: SlotRequest): Promise<number[]> {
  const { endpoint, concurrency, worker, count, leaseSeconds } = request;
  const rows = rowsOf(
    await database.execute(sql`
      update ${endpointSlots} as taken
      set worker = ${worker}, held_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      from (
        select endpoint, slot from ${endpointSlots}
        where endpoint = ${endpoint} and slot <= ${concurrency}
          and (worker is null or held_until is null or held_until < clock_timestamp())
        order by slot limit ${count} for update skip locked
      ) as free
      where taken.endpoint = free.endpoint and taken.slot = free.slot
      returning taken.slot`),
  );
  return rows.map(({ slot }) => Number(slot));
}

/** Gives slots back, as far as the worker still holds them. */
export async function freeSlots(
  database: Database,
  {
    endpoint,
    worker,
    slots,
  }: Pick<SlotRequest, 'endpoint' | 'worker'> & { readonly slots: readonly number[] },
): Promise<void> {
  await database.execute(sql`
    update ${endpointSlots} set worker = null, held_until = null
    where endpoint = ${endpoint} and worker = ${worker}
      and slot = any(array(select jsonb_array_elements_text(${JSON.stringify(slots)}::jsonb)::int))`);
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
