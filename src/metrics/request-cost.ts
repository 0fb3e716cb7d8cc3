/** How much was asked of an endpoint; `null` where no answer said. */
export interface AskedCounts {
  readonly requests: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** What an endpoint costs. */
export interface RequestPrice {
  readonly perRequest?: number | undefined;
  readonly perMillionInputTokens?: number | undefined;
  readonly perMillionOutputTokens?: number | undefined;
}

/**
 * What requests cost.
 *
 * @returns the amount in the price's currency; `null` where a price is of something that nobody counted, or of nothing
 */
export function requestCost(
  { requests, inputTokens, outputTokens }: AskedCounts,
  price: RequestPrice,
): number | null {
  const parts = [
    [price.perRequest, requests],
    [price.perMillionInputTokens, inputTokens === null ? null : inputTokens / 1e6],
    [price.perMillionOutputTokens, outputTokens === null ? null : outputTokens / 1e6],
  ] as const;
  const priced = parts.filter(([of]) => of !== undefined);
  if (priced.length === 0 || priced.some(([, count]) => count === null)) return null;
  return priced.reduce((sum, [of = 0, count]) => sum + of * (count ?? 0), 0);
}
