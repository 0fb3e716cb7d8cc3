import type { Sampler } from '@opentelemetry/sdk-trace';

/** `NOT_RECORD`: the enum itself stands in an optional package. */
const NOT_RECORD = 0;

/**
 * A sampler for traces that begin: those of turns and evaluation images by the one that is given; what pg-boss does
 * outside of them (looking for jobs once a second, heartbeats) makes no traces. Within a turn it is a span like any other.
 *
 * @param sampler decides about the others
 */
export function turnsOnly(sampler: Sampler): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      if (attributes['messaging.system'] === 'pg-boss') return { decision: NOT_RECORD };
      return sampler.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `TurnsOnly{${sampler.toString()}}`,
  };
}
