import { requireOptional } from '../judges/optional-packages.ts';
import { readTelemetrySettings, type TelemetrySettings } from './telemetry-settings.ts';

/** The one set of packages: they pin each other, so they are installed together. */
const SDK = '3.1.0';
const EXPORTERS = '0.301.0';
const AI_SDK_OTEL = '^1.0.173';

type Kind = NonNullable<TelemetrySettings['traces']>;

/**
 * Finds the packages that send traces.
 *
 * @throws {@link UsageError} `MISSING_PACKAGE` with what to install
 */
export function findTracing(kind: Kind, configDir: string) {
  const exporters = `@opentelemetry/exporter-trace-otlp-${kind}`;
  const packages = {
    '@opentelemetry/sdk-trace': SDK,
    '@opentelemetry/context-async-hooks': SDK,
    [exporters]: EXPORTERS,
    '@ai-sdk/otel': AI_SDK_OTEL,
  };
  return {
    exporters,
    load: requireOptional(packages, Object.keys(packages), 'Sending traces', configDir),
  };
}

/**
 * Finds the package that sends metrics.
 *
 * @throws {@link UsageError} `MISSING_PACKAGE` with what to install
 */
export function findMetrics(kind: Kind, configDir: string) {
  const exporters = `@opentelemetry/exporter-metrics-otlp-${kind}`;
  return {
    exporters,
    load: requireOptional({ [exporters]: EXPORTERS }, [exporters], 'Sending metrics', configDir),
  };
}

/**
 * Says what is wrong with OpenTelemetry's variables, or missing for them, before anything is begun.
 *
 * @throws {@link UsageError}
 */
export function checkTelemetry(env: Readonly<Record<string, string | undefined>>, configDir: string): void {
  const { traces, metrics } = readTelemetrySettings(env);
  if (traces !== undefined) findTracing(traces, configDir);
  if (metrics !== undefined) findMetrics(metrics, configDir);
}
