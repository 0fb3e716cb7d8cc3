import type { Config } from '../config/schema.ts';
import { toModelError } from '../models/failures.ts';
import type { ModelError } from '../models/model-error.ts';
import type { Call } from '../models/types.ts';
import { Endpoint } from './endpoint.ts';

/**
 * Calls to an endpoint of a configuration outside of a campaign: the same limits, timeouts and retries.
 *
 * @param stop when it aborts, what waits for a slot or its next try gives up
 */
export function callsTo(
  role: 'writer' | 'guide' | 'target',
  config: Config,
  { stop, onProblem }: { readonly stop?: AbortSignal; onProblem?(problem: ModelError): void } = {},
): Call {
  const { provider, baseURL, apiKeyEnv, ...limits } = config[role];
  const endpoint = new Endpoint(role, limits, {
    now: () => performance.now(),
    random: Math.random,
    classify: (error) => toModelError(error, { role, provider, url: baseURL, apiKeyEnv }),
    ...(onProblem === undefined ? {} : { onProblem }),
  });
  return async (request) => (await endpoint.run(request, stop === undefined ? {} : { stop })).value;
}
