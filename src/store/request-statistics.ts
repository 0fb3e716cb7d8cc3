import { sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { evaluationImages, requests } from './schema.ts';

/** How much was asked. */
export interface RequestCounts {
  readonly requests: number;
  /** `null` where no answer said. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** What was asked of one endpoint for a campaign. */
export interface RequestStatistics extends RequestCounts {
  readonly endpoint: string;
  /** The part of it that was not for images of a sweep's settings. */
  readonly own: RequestCounts;
  /** Requests whose answer said nothing of tokens, of an endpoint where others did. */
  readonly uncounted: number;
  /** Tries in all. */
  readonly attempts: number;
  /** Percentiles of the milliseconds of the tries that succeeded, linear between neighbours. */
  readonly tookMs: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Milliseconds of the slowest try that succeeded. */
  readonly slowestMs: number;
  /** Median milliseconds of waiting for a free slot. */
  readonly waitedMs: number;
}

/** Sums up a campaign's requests by endpoint, in the order of the endpoints' names. */
export async function readRequestStatistics(
  database: Database,
  campaignId: string,
): Promise<RequestStatistics[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select endpoint, count(*) as requests, sum(attempts) as attempts,
        sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
        count(*) filter (where setting is null) as own_requests,
        sum(input_tokens) filter (where setting is null) as own_input_tokens,
        sum(output_tokens) filter (where setting is null) as own_output_tokens,
        count(*) filter (where input_tokens is null and output_tokens is null) as uncounted,
        max(took_ms) as slowest,
        percentile_cont(0.5) within group (order by took_ms) as p50,
        percentile_cont(0.9) within group (order by took_ms) as p90,
        percentile_cont(0.99) within group (order by took_ms) as p99,
        percentile_cont(0.5) within group (order by waited_ms) as waited
      from ${requests} as asked
        left join ${evaluationImages} as drawn
          on drawn.campaign_id = asked.campaign_id and drawn.turn_id = asked.turn_id
            and drawn.number = asked.evaluation_number
      where asked.campaign_id = ${campaignId}
      group by endpoint order by endpoint collate "C"`),
  );
  return rows.map((row) => ({
    endpoint: String(row.endpoint),
    requests: Number(row.requests),
    attempts: Number(row.attempts),
    inputTokens: numberOrNull(row.input_tokens),
    outputTokens: numberOrNull(row.output_tokens),
    own: {
      requests: Number(row.own_requests),
      inputTokens: numberOrNull(row.own_input_tokens),
      outputTokens: numberOrNull(row.own_output_tokens),
    },
    uncounted: Number(row.uncounted) === Number(row.requests) ? 0 : Number(row.uncounted),
    slowestMs: Number(row.slowest),
    tookMs: { p50: Number(row.p50), p90: Number(row.p90), p99: Number(row.p99) },
    waitedMs: Number(row.waited),
  }));
}

/** What was asked of an endpoint in all. */
export interface RequestSums extends RequestCounts {
  readonly endpoint: string;
  /** Tries in all. */
  readonly attempts: number;
}

/** Sums up a campaign's requests by endpoint, as quickly as can be: for budgets. */
export async function sumRequests(database: Database, campaignId: string): Promise<RequestSums[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select endpoint, count(*) as requests, sum(attempts) as attempts,
        sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens
      from ${requests} where campaign_id = ${campaignId} group by endpoint`),
  );
  return rows.map((row) => ({
    endpoint: String(row.endpoint),
    requests: Number(row.requests),
    attempts: Number(row.attempts),
    inputTokens: numberOrNull(row.input_tokens),
    outputTokens: numberOrNull(row.output_tokens),
  }));
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
