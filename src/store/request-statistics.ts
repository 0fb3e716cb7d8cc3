import { sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { requests } from './schema.ts';

/** What was asked of one endpoint for a campaign. */
export interface RequestStatistics {
  readonly endpoint: string;
  readonly requests: number;
  /** Tries in all. */
  readonly attempts: number;
  /** `null` where no answer said. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Percentiles of the milliseconds of the tries that succeeded, linear between neighbours. */
  readonly tookMs: { readonly p50: number; readonly p90: number; readonly p99: number };
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
        percentile_cont(0.5) within group (order by took_ms) as p50,
        percentile_cont(0.9) within group (order by took_ms) as p90,
        percentile_cont(0.99) within group (order by took_ms) as p99,
        percentile_cont(0.5) within group (order by waited_ms) as waited
      from ${requests} where campaign_id = ${campaignId}
      group by endpoint order by endpoint collate "C"`),
  );
  return rows.map((row) => ({
    endpoint: String(row.endpoint),
    requests: Number(row.requests),
    attempts: Number(row.attempts),
    inputTokens: numberOrNull(row.input_tokens),
    outputTokens: numberOrNull(row.output_tokens),
    tookMs: { p50: Number(row.p50), p90: Number(row.p90), p99: Number(row.p99) },
    waitedMs: Number(row.waited),
  }));
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
