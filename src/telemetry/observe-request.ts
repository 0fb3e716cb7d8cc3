import { instruments } from './instruments.ts';
import { inSpan } from './tracing.ts';

/** What a request took. */
interface RequestFigures {
  readonly waitedMs: number;
  readonly tookMs: number;
  readonly attempts: number;
  readonly usage: { readonly inputTokens?: number; readonly outputTokens?: number };
}

/**
 * Has a request to an endpoint, with its waiting and its tries, traced and counted.
 *
 * @param endpoint its name: `writer`, `guide`, `target`, `judge:…`
 * @param run makes the request
 */
export function observeRequest<Result extends RequestFigures>(
  endpoint: string,
  run: () => Promise<Result>,
): Promise<Result> {
  return inSpan('art.request', { 'art.endpoint': endpoint }, async (span) => {
    const result = await run();
    const { waitedMs, tookMs, attempts, usage } = result;
    span.setAttributes({
      'art.attempts': attempts,
      'art.waited_ms': Math.round(waitedMs),
      'art.took_ms': Math.round(tookMs),
    });
    const { requests, requestSeconds, waitSeconds, tokens } = instruments();
    requests.add(1, { endpoint, result: 'ok' });
    requestSeconds.record(tookMs / 1_000, { endpoint });
    waitSeconds.record(waitedMs / 1_000, { endpoint });
    const { inputTokens = 0, outputTokens = 0 } = usage;
    if (inputTokens > 0) tokens.add(inputTokens, { endpoint, direction: 'input' });
    if (outputTokens > 0) tokens.add(outputTokens, { endpoint, direction: 'output' });
    return result;
  });
}

/**
 * Counts a try of a request that failed, whether or not a later one succeeds.
 *
 * @param endpoint its name
 * @param code of the error
 */
export function countFailedTry(endpoint: string, code: string): void {
  instruments().requests.add(1, { endpoint, result: code });
}
