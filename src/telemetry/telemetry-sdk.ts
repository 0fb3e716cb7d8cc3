import { hostname } from 'node:os';
import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { registerTelemetry } from 'ai';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { cleanText } from '../models/redact.ts';
import { tracesContent } from '../trace-content.ts';
import { ART_VERSION } from '../version.ts';
import { cleaningExporter } from './cleaning-exporter.ts';
import { forgetGauges } from './forget-gauges.ts';
import { startMetrics, stopMetrics } from './metrics-provider.ts';
import type { RunningTelemetry, TelemetryOptions } from './start-telemetry.ts';
import { findMetrics, findTracing } from './telemetry-packages.ts';
import type { TelemetrySettings } from './telemetry-settings.ts';
import { turnsOnly } from './turns-only.ts';

/** A collector that does not answer holds nobody up for longer at the end. */
const LAST_WORDS_MS = 3_000;

/**
 * Registers OpenTelemetry's SDK in this process.
 *
 * @throws {@link UsageError} `MISSING_PACKAGE` with what to install
 */
export async function startSdk(
  options: TelemetryOptions,
  settings: TelemetrySettings,
): Promise<RunningTelemetry> {
  tellProblems(options.onProblem);
  const resource = resourceOf(options.worker);
  const stopTraces =
    settings.traces === undefined
      ? undefined
      : await startTraces(options, settings.traces, settings.sampled, resource);
  startMetrics(resource, settings.metrics === undefined ? [] : [pushedMetrics(options, settings.metrics)]);
  return {
    async stop() {
      const sent = await inTime(Promise.allSettled([stopTraces?.(), stopMetrics()]));
      if (!sent) options.onProblem('Telemetry: the collector does not answer; the last figures are lost.');
      diag.disable();
    },
  };
}

/** Who sends: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before. No command line: it may hold a password. */
function resourceOf(worker: string | undefined) {
  return resourceFromAttributes({
    'service.name': 'art',
    'service.version': ART_VERSION,
    'host.name': hostname(),
    'process.pid': process.pid,
    ...(worker === undefined ? {} : { 'service.instance.id': worker }),
  }).merge(detectResources({ detectors: [envDetector] }));
}

async function startTraces(
  { configDir, onProblem }: TelemetryOptions,
  traces: NonNullable<TelemetrySettings['traces']>,
  sampled: number,
  resource: ReturnType<typeof resourceOf>,
): Promise<() => Promise<void>> {
  const { load, exporters } = findTracing(traces, configDir);
  const sdk: typeof import('@opentelemetry/sdk-trace') = load('@opentelemetry/sdk-trace');
  const hooks: typeof import('@opentelemetry/context-async-hooks') = load(
    '@opentelemetry/context-async-hooks',
  );
  const otlp: typeof import('@opentelemetry/exporter-trace-otlp-proto') = load(exporters);
  const aiSdk: typeof import('@ai-sdk/otel') = load('@ai-sdk/otel');

  const exporter = cleaningExporter(new otlp.OTLPTraceExporter(), tracesContent());
  const provider = new sdk.TracerProvider({
    resource,
    sampler: new sdk.ParentBasedSampler({ root: turnsOnly(new sdk.TraceIdRatioBasedSampler(sampled)) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
  if (!trace.setGlobalTracerProvider(provider)) {
    onProblem('Another OpenTelemetry SDK runs in this process: traces go where that one sends them.');
    return () => provider.shutdown();
  }
  context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  registerTelemetry(new aiSdk.OpenTelemetry());
  return async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
  };
}

function pushedMetrics({ configDir }: TelemetryOptions, kind: NonNullable<TelemetrySettings['metrics']>) {
  const { load, exporters } = findMetrics(kind, configDir);
  const otlp: typeof import('@opentelemetry/exporter-metrics-otlp-proto') = load(exporters);
  const exporter = new otlp.OTLPMetricExporter();
  exporter.selectAggregationTemporality = forgetGauges(exporter.selectAggregationTemporality.bind(exporter));
  return new PeriodicExportingMetricReader({ exporter });
}

/** OpenTelemetry's own warnings, cleaned up, each once: a collector that is down says so at every batch. */
function tellProblems(onProblem: (message: string) => void): void {
  const told = new Set<string>();
  const tell = (message: string, ...more: unknown[]) => {
    const text = cleanText(`Telemetry: ${[message, ...more].map(wordsOf).join(' ')}`, 300);
    if (told.has(text)) return;
    told.add(text);
    onProblem(text);
  };
  const nothing = () => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** The SDK reports errors as JSON with their stack. */
function wordsOf(said: unknown): string {
  if (typeof said !== 'string' || !said.startsWith('{')) return messageOf(said);
  const { message } = z.looseObject({ message: z.string() }).catch({ message: said }).parse(parseJson(said));
  return message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told as it is.
    return undefined;
  }
}

/** Whether the work ended in time. */
async function inTime(work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), LAST_WORDS_MS);
  const ended = await Promise.race([work.then(() => true), late.promise]);
  clearTimeout(timer);
  return ended;
}
