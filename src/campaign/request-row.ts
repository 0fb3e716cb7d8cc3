import type { NewRequest } from '../store/schema.ts';
import type { Measured } from './endpoint.ts';

/** A request as it is recorded with what it led to. */
export function requestRow(
  endpoint: string,
  { waitedMs, tookMs, attempts, usage }: Omit<Measured<unknown>, 'value'>,
): NewRequest {
  return {
    endpoint,
    waitedMs,
    tookMs,
    attempts,
    inputTokens: usage.inputTokens ?? null,
    outputTokens: usage.outputTokens ?? null,
  };
}
