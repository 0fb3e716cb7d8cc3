import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  InstrumentType,
} from '@opentelemetry/sdk-metrics';

/**
 * Has gauges say what stands now and nothing else: the SDK would repeat the last value of a campaign that is long over,
 * for ever. (A gauge itself has no temporality; this is how the SDK is told.)
 *
 * @param others decides about everything that is no gauge; default: cumulative
 */
export function forgetGauges(
  others: AggregationTemporalitySelector = () => AggregationTemporality.CUMULATIVE,
): AggregationTemporalitySelector {
  return (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE || type === InstrumentType.GAUGE
      ? AggregationTemporality.DELTA
      : others(type);
}
