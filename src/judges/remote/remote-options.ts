import { z } from 'zod';
import { endpointShape, positiveInteger } from '../../config/endpoint-shape.ts';
import type { JudgeEndpoint } from '../judge.ts';

/** The keys of every judge that asks a service of one address: where it is and how hard to press it. */
export const serviceShape = {
  baseURL: endpointShape.baseURL,
  apiKeyEnv: endpointShape.apiKeyEnv,
  concurrency: endpointShape.concurrency,
  requestsPerMinute: endpointShape.requestsPerMinute,
  timeoutSeconds: endpointShape.timeoutSeconds,
  retries: endpointShape.retries,
  price: endpointShape.price,
};

/** The keys of every judge that asks a language model. */
export const modelShape = {
  ...endpointShape,
  provider: endpointShape.provider.default('openai-compatible'),
  temperature: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .default(0)
    .describe('sampling temperature; null sends none, for models that take none'),
  maxOutputTokens: positiveInteger.optional().describe('the longest answer, in tokens'),
};

const serviceOptionsSchema = z.object(serviceShape);
const modelOptionsSchema = z.object(modelShape);

/** What stands in the configuration of a judge that asks a service. */
export type ServiceOptions = z.output<typeof serviceOptionsSchema>;
/** What stands in the configuration of a judge that asks a language model. */
export type ModelOptions = z.output<typeof modelOptionsSchema>;

/**
 * How the engine is to treat a remote judge.
 *
 * @param provider for messages
 * @param options the judge's own
 */
export function endpointOf(provider: string, options: ServiceOptions): JudgeEndpoint {
  const { baseURL, apiKeyEnv, concurrency, requestsPerMinute, timeoutSeconds, retries } = options;
  return { provider, baseURL, apiKeyEnv, concurrency, requestsPerMinute, timeoutSeconds, retries };
}
