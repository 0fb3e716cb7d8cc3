import { rememberSecret } from '../models/redact.ts';
import { readTelemetrySettings } from './telemetry-settings.ts';

/** What {@link startTelemetry} needs. */
export interface TelemetryOptions {
  /** Where OpenTelemetry's variables stand; the exporters read the process's own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the configuration, whose packages are looked for first. */
  readonly configDir: string;
  /** Who this is among the workers; by default it has no name. */
  readonly worker?: string | undefined;
  /** Whether metrics are counted although nobody is sent them, for Prometheus to read. */
  readonly scraped?: boolean;
  /** Hears, once each, what goes wrong while figures are sent. */
  readonly onProblem: (message: string) => void;
}

/** Telemetry that runs. */
export interface RunningTelemetry {
  /** Sends what is left, but waits no longer than a few seconds, and ends it. */
  stop(): Promise<void>;
}

/**
 * Begins to send traces and metrics where OpenTelemetry's variables say so, and to count metrics where Prometheus is to
 * read them. Where neither is asked for nothing is loaded and nothing happens.
 *
 * @throws {@link UsageError} `MISSING_PACKAGE` with what to install; or for a setting that ART does not have
 */
export async function startTelemetry(options: TelemetryOptions): Promise<RunningTelemetry> {
  const settings = readTelemetrySettings(options.env);
  for (const secret of settings.secrets) rememberSecret(secret);
  const sends = settings.traces !== undefined || settings.metrics !== undefined;
  if (!sends && options.scraped !== true) return { stop: async () => undefined };
  // The SDK takes a third of a second to load, which whoever does not want it need not wait for.
  const { startSdk } = await import('./telemetry-sdk.ts');
  return await startSdk(options, settings);
}
