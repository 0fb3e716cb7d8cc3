import type { Config } from '../config/schema.ts';
import { toModelError } from '../models/failures.ts';
import type { ModelError } from '../models/model-error.ts';
import { Endpoint } from './endpoint.ts';
import type { Membership } from './membership.ts';
import type { SharedSlots } from './shared-slots.ts';

/** The models of a campaign, each behind its limits. */
export interface CampaignEndpoints {
  readonly writer: Endpoint;
  readonly guide: Endpoint;
  readonly target: Endpoint;
}

/**
 * Makes the endpoints of a campaign's models, with this process's clock and dice.
 *
 * @param slotsFor gives the slots that an endpoint shares with other workers, if it does
 * @param onProblem every try that failed
 */
export function campaignEndpoints(
  config: Pick<Config, 'writer' | 'guide' | 'target'>,
  slotsFor: SlotsFor,
  onProblem: ((endpoint: string, problem: ModelError) => void) | undefined,
): CampaignEndpoints {
  const endpoint = (name: 'writer' | 'guide' | 'target') => {
    const { provider, baseURL: url, apiKeyEnv } = config[name];
    return new Endpoint(name, config[name], {
      now: () => performance.now(),
      random: Math.random,
      classify: (error) => toModelError(error, { role: name, provider, url, apiKeyEnv }),
      onProblem: (problem) => onProblem?.(name, problem),
      slots: slotsFor(name, config[name]),
    });
  };
  return { writer: endpoint('writer'), guide: endpoint('guide'), target: endpoint('target') };
}

/** Gives the slots that an endpoint shares with other workers; `undefined` where it shares none. */
export type SlotsFor = Membership['slotsFor'];

/** Shares slots through a membership, and remembers which, so that they can be given back. */
export function sharedSlots(membership: Membership | undefined): {
  readonly slotsFor: SlotsFor;
  release(): Promise<void>;
} {
  const made: SharedSlots[] = [];
  return {
    slotsFor: (name, endpoint) => {
      const slots = membership?.slotsFor(name, endpoint);
      if (slots !== undefined) made.push(slots);
      return slots;
    },
    release: async () => membership?.release(made),
  };
}
