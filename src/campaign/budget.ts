import { endpointShape } from '../config/endpoint-shape.ts';
import type { Budget, Config } from '../config/schema.ts';
import { requestCost } from '../metrics/request-cost.ts';
import type { RequestSums } from '../store/request-statistics.ts';

const KINDS = ['requests', 'tokens', 'hours', 'money'] as const satisfies readonly (keyof Budget)[];
const UNITS = { requests: 'requests', tokens: 'tokens', hours: 'hours of work', money: 'in money' };

/** What a campaign has taken so far. */
export interface Spending {
  readonly sums: readonly RequestSums[];
  /** Requests that are known to have been made, with those that led to nothing that is stored. */
  readonly requestsAtLeast: number;
  readonly workedSeconds: number;
}

/**
 * What of a budget is spent.
 *
 * @param config the budget, with the prices of the endpoints
 * @returns a sentence for people; `undefined` while nothing is spent
 */
export function spentBudget(
  config: Pick<Config, 'budget' | 'target' | 'writer' | 'guide' | 'judges'>,
  { sums, requestsAtLeast, workedSeconds }: Spending,
): string | undefined {
  const { budget } = config;
  if (budget === undefined) return undefined;
  const requests = Math.max(requestsAtLeast, attemptsOf(sums));
  const tokens = total(sums, ({ inputTokens, outputTokens }) => (inputTokens ?? 0) + (outputTokens ?? 0));
  const money = moneySpent(config, sums);
  const amounts = { requests, tokens, hours: workedSeconds / 3_600, money };
  for (const kind of KINDS) {
    const limit = budget[kind];
    if (limit !== undefined && amounts[kind] >= limit) return spentSentence(kind, limit);
  }
  return undefined;
}

/**
 * A budget with which a campaign goes on whose own is spent: twice as much of what has run out, the rest as it was.
 *
 * @param ending the sentence of {@link spentBudget} with which it ended
 * @returns `undefined` where it did not end so
 */
export function largerBudget(budget: Budget, ending: string): Budget | undefined {
  for (const kind of KINDS) {
    const limit = budget[kind];
    if (limit !== undefined && ending === spentSentence(kind, limit)) return { ...budget, [kind]: 2 * limit };
  }
  return undefined;
}

function spentSentence(kind: keyof Budget, limit: number): string {
  return `Its budget of ${limit.toLocaleString('en')} ${UNITS[kind]} is spent.`;
}

/** By the endpoints' prices, whatever their currencies; what has no price costs nothing. */
function moneySpent(
  config: Pick<Config, 'target' | 'writer' | 'guide' | 'judges'>,
  sums: readonly RequestSums[],
): number {
  const prices = new Map<string, Config['target']['price']>([
    ...[...config.judges.prompt, ...config.judges.image].flatMap((judge) =>
      typeof judge === 'object' && 'price' in judge
        ? [judge.name, `judge:${judge.name}`].map((name) => [name, priceOf(judge.price)] as const)
        : [],
    ),
    ['writer', config.writer.price],
    ['guide', config.guide.price],
    ['target', config.target.price],
  ]);
  return total(sums, (one) => {
    const price = prices.get(one.endpoint);
    if (price === undefined) return 0;
    // Where nobody counted the tokens, what is known is counted.
    return (
      requestCost(
        { ...one, inputTokens: one.inputTokens ?? 0, outputTokens: one.outputTokens ?? 0 },
        price,
      ) ?? 0
    );
  });
}

function priceOf(entry: unknown): Config['target']['price'] {
  return endpointShape.price.catch(undefined).parse(entry);
}

/** Tries of all requests that are stored. */
export function attemptsOf(sums: readonly RequestSums[]): number {
  return total(sums, ({ attempts }) => attempts);
}

function total<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
