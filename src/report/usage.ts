import { requestCost } from '../metrics/request-cost.ts';
import { listAddedJudges } from '../store/added-judges.ts';
import type { Database } from '../store/open-store.ts';
import {
  type RequestCounts,
  type RequestStatistics,
  readRequestStatistics,
} from '../store/request-statistics.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import { type Price, recordedPrices } from './recorded-prices.ts';
import type { EndpointUsage, UsageReport } from './report-model.ts';
import { rounded } from './shares.ts';

/** In the order of a round; judges follow. */
const MODELS: readonly string[] = ['writer', 'guide', 'target'];
/** Whose answers have tokens, whether their provider counts them or not. */
const LANGUAGE_MODELS: readonly string[] = ['writer', 'guide'];
/** What lies so much further apart than the slowest request takes was not work but a pause between runs. */
const PAUSE_OF_REQUESTS = 10;
const SHORTEST_PAUSE_SECONDS = 600;
/** Prices are of thousandths of a cent. */
const DECIMALS_OF_MONEY = 6;

/**
 * What a campaign took: requests, tokens, times and cost by endpoint; and for each finding, without what was drawn for
 * the other settings of a sweep.
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
  const slowest = Math.max(...statistics.map(({ slowestMs }) => slowestMs)) / 1_000;
  const seconds = secondsOf(turns, Math.max(SHORTEST_PAUSE_SECONDS, PAUSE_OF_REQUESTS * slowest));
  const own = statistics.map((one) => ({ ...one, ...one.own, price: prices.get(one.endpoint) }));
  const swept = statistics.some(({ own: { requests }, requests: all }) => requests < all);
  return {
    endpoints,
    refusedPrompts: turns.filter(({ turn }) => turn.outcome === 'refused').length,
    refusedImages: turns
      .flatMap(({ evaluation }) => evaluation)
      .filter(({ row }) => row.outcome === 'refused').length,
    seconds,
    perFinding: perFinding(own, swept ? null : seconds, turns.filter(({ finding }) => finding).length),
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

function costOf(counts: RequestCounts, price: Price | undefined): EndpointUsage['cost'] {
  const amount = price === undefined ? null : requestCost(counts, price);
  if (price === undefined || amount === null) return null;
  return { amount: rounded(amount, DECIMALS_OF_MONEY), currency: price.currency };
}

/** From the first to the last thing that was stored, without pauses. */
function secondsOf(turns: readonly CountedTurn[], pauseSeconds: number): number | null {
  const moments = Float64Array.from(
    turns.flatMap(({ turn, evaluation }) => [turn, ...evaluation.map(({ row }) => row)]),
    ({ createdAt }) => createdAt.getTime() / 1_000,
  ).sort();
  let seconds = 0;
  for (let place = 1; place < moments.length; place++) {
    const gap = (moments[place] ?? 0) - (moments[place - 1] ?? 0);
    if (gap <= pauseSeconds) seconds += gap;
  }
  return turns.length === 0 ? null : rounded(seconds, 1);
}

/** What was asked of an endpoint for the campaign itself, and what that costs. */
interface PricedCounts extends RequestCounts {
  readonly endpoint: string;
  readonly uncounted: number;
  readonly price: Price | undefined;
}

function perFinding(
  endpoints: readonly PricedCounts[],
  seconds: number | null,
  findings: number,
): UsageReport['perFinding'] {
  if (findings === 0) return null;
  const tokens = endpoints.flatMap(({ inputTokens, outputTokens }) =>
    [inputTokens ?? [], outputTokens ?? []].flat(),
  );
  const costs = endpoints.map((one) => ({ ...one, cost: costOf(one, one.price) }));
  const byCurrency = Map.groupBy(
    costs.flatMap(({ cost }) => cost ?? []),
    ({ currency }) => currency,
  );
  const counting = endpoints.filter(({ endpoint, inputTokens, outputTokens, uncounted }) => {
    const counted = inputTokens !== null || outputTokens !== null;
    return counted ? uncounted > 0 : LANGUAGE_MODELS.includes(endpoint);
  });
  const unpriced = costs.filter(
    ({ cost, uncounted, price, requests }) =>
      requests > 0 && (cost === null || (uncounted > 0 && pricesTokens(price))),
  );
  return {
    requests: rounded(sum(endpoints.map(({ requests }) => requests)) / findings, 2),
    seconds: seconds === null ? null : rounded(seconds / findings, 2),
    tokens: tokens.length === 0 ? null : rounded(sum(tokens) / findings, 2),
    cost: [...byCurrency].map(([currency, parts]) => ({
      amount: rounded(sum(parts.map(({ amount }) => amount)) / findings, DECIMALS_OF_MONEY),
      currency,
    })),
    atLeast: [
      ...(tokens.length > 0 && counting.length > 0 ? (['tokens'] as const) : []),
      ...(byCurrency.size > 0 && unpriced.length > 0 ? (['cost'] as const) : []),
    ],
  };
}

function pricesTokens(price: Price | undefined): boolean {
  return price?.perMillionInputTokens !== undefined || price?.perMillionOutputTokens !== undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
