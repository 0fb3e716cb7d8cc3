import { listAddedJudges } from '../store/added-judges.ts';
import type { Database } from '../store/open-store.ts';
import { type RequestStatistics, readRequestStatistics } from '../store/request-statistics.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import { type Price, recordedPrices } from './recorded-prices.ts';
import type { EndpointUsage, UsageReport } from './report-model.ts';
import { rounded } from './shares.ts';

/** In the order of a round; judges follow. */
const MODELS: readonly string[] = ['writer', 'guide', 'target'];
/** Prices are of thousandths of a cent. */
const DECIMALS_OF_MONEY = 6;

/**
 * What a campaign took: requests, tokens, times and cost by endpoint, and all of it for each finding.
 *
 * @returns `undefined` where nothing was asked, as of imported results
 */
export async function readUsage(
  database: Database,
  { campaign, turns, judges }: CountedRecord,
): Promise<UsageReport | undefined> {
  const statistics = await readRequestStatistics(database, campaign.id);
  if (statistics.length === 0) return undefined;
  const prices = recordedPrices(campaign.config, await listAddedJudges(database, campaign.id));
  const order = [...MODELS, ...judges.prompt, ...judges.image];
  const placeOf = ({ endpoint }: RequestStatistics) =>
    order.includes(endpoint) ? order.indexOf(endpoint) : order.length;
  const endpoints = statistics
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .map((one) => toEndpointUsage(one, prices.get(one.endpoint)));
  const seconds = secondsOf(turns);
  return {
    endpoints,
    refusedPrompts: turns.filter(({ turn }) => turn.outcome === 'refused').length,
    refusedImages: turns
      .flatMap(({ evaluation }) => evaluation)
      .filter(({ row }) => row.outcome === 'refused').length,
    seconds,
    perFinding: perFinding(endpoints, seconds, turns.filter(({ finding }) => finding).length),
  };
}

function toEndpointUsage(
  { endpoint, requests, attempts, inputTokens, outputTokens, tookMs, waitedMs }: RequestStatistics,
  price: Price | undefined,
): EndpointUsage {
  return {
    endpoint,
    requests,
    attempts,
    inputTokens,
    outputTokens,
    latencyMs: { p50: rounded(tookMs.p50, 1), p90: rounded(tookMs.p90, 1), p99: rounded(tookMs.p99, 1) },
    waitedMs: rounded(waitedMs, 1),
    cost: costOf({ requests, inputTokens, outputTokens }, price),
  };
}

/** `null` where a price is of something that nobody counted. */
function costOf(
  { requests, inputTokens, outputTokens }: Pick<EndpointUsage, 'requests' | 'inputTokens' | 'outputTokens'>,
  price: Price | undefined,
): EndpointUsage['cost'] {
  if (price === undefined) return null;
  const parts = [
    [price.perRequest, requests],
    [price.perMillionInputTokens, inputTokens === null ? null : inputTokens / 1e6],
    [price.perMillionOutputTokens, outputTokens === null ? null : outputTokens / 1e6],
  ] as const;
  const priced = parts.filter(([of]) => of !== undefined);
  if (priced.length === 0 || priced.some(([, count]) => count === null)) return null;
  const amount = priced.reduce((sum, [of = 0, count]) => sum + of * (count ?? 0), 0);
  return { amount: rounded(amount, DECIMALS_OF_MONEY), currency: price.currency };
}

function secondsOf(turns: readonly CountedTurn[]): number | null {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { turn, evaluation } of turns) {
    for (const { createdAt } of [turn, ...evaluation.map(({ row }) => row)]) {
      first = Math.min(first, createdAt.getTime());
      last = Math.max(last, createdAt.getTime());
    }
  }
  return turns.length === 0 ? null : rounded((last - first) / 1_000, 1);
}

function perFinding(
  endpoints: readonly EndpointUsage[],
  seconds: number | null,
  findings: number,
): UsageReport['perFinding'] {
  if (findings === 0) return null;
  const tokens = endpoints.flatMap(({ inputTokens, outputTokens }) =>
    [inputTokens ?? [], outputTokens ?? []].flat(),
  );
  const costs = Map.groupBy(
    endpoints.flatMap(({ cost }) => cost ?? []),
    ({ currency }) => currency,
  );
  return {
    requests: rounded(sum(endpoints.map(({ requests }) => requests)) / findings, 2),
    seconds: seconds === null ? null : rounded(seconds / findings, 2),
    tokens: tokens.length === 0 ? null : rounded(sum(tokens) / findings, 2),
    cost: [...costs].map(([currency, parts]) => ({
      amount: rounded(sum(parts.map(({ amount }) => amount)) / findings, DECIMALS_OF_MONEY),
      currency,
    })),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
