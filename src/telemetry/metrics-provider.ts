import { metrics } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { defaultResource, type Resource } from '@opentelemetry/resources';
import {
  createDenyListAttributesProcessor,
  type IMetricReader,
  MeterProvider,
  MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { forgetGauges } from './forget-gauges.ts';
import { instruments } from './instruments.ts';
import { observeProcess } from './process-metrics.ts';

/** Reads the metrics when Prometheus asks for them. */
class ScrapeReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: forgetGauges() });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * pg-boss tells its operations apart by queue, of which every campaign has some: in a worker that lives for long they would
 * be thousands. How full each queue is stays known by its name, while there is one.
 */
const VIEWS: ViewOptions[] = [
  {
    meterName: 'pg-boss',
    instrumentName: 'messaging.*',
    attributesProcessors: [
      createDenyListAttributesProcessor(['messaging.destination.name', 'db.namespace', 'pgboss.schema']),
    ],
  },
];

/** The metrics of this process, as OpenTelemetry's API has one meter provider a process. */
let running:
  | { readonly provider: MeterProvider; readonly reader: ScrapeReader; readonly stopObserving: () => void }
  | undefined;

/**
 * Makes metrics count from now on: for {@link prometheusMetrics}, and for readers that push them elsewhere. Where
 * metrics run already, nothing changes.
 *
 * @param resource who it is that counts
 * @param pushing what sends the metrics elsewhere
 */
export function startMetrics(
  resource: Resource = defaultResource(),
  pushing: readonly IMetricReader[] = [],
): MeterProvider {
  if (running === undefined) {
    const reader = new ScrapeReader();
    const provider = new MeterProvider({ resource, readers: [reader, ...pushing], views: VIEWS });
    metrics.setGlobalMeterProvider(provider);
    running = { provider, reader, stopObserving: observeProcess(provider.getMeter('art')) };
    // Made now, so that the gauges are there before anything is counted.
    instruments();
  }
  return running.provider;
}

/** Sends what is left and ends counting. */
export async function stopMetrics(): Promise<void> {
  const stopping = running;
  if (stopping === undefined) return;
  running = undefined;
  metrics.disable();
  stopping.stopObserving();
  await stopping.provider.shutdown();
}

/**
 * All metrics of this process as Prometheus reads them.
 *
 * @throws the first error of a metric that could not be read, where none could
 */
export async function prometheusMetrics(): Promise<string> {
  startMetrics();
  const { resourceMetrics, errors } = await (running?.reader.collect() ??
    Promise.reject(new Error('stopped')));
  if (errors.length > 0 && resourceMetrics.scopeMetrics.length === 0) throw errors[0];
  // Without the scope as a label of every line: it is a constant.
  return new PrometheusSerializer(undefined, false, undefined, false, true).serialize(resourceMetrics);
}
