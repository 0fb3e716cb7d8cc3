import { UsageError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a package of exporters ends that speaks a protocol. */
const PACKAGES = { 'http/protobuf': 'proto', 'http/json': 'http' } as const;

type Protocol = keyof typeof PACKAGES;

/** What is to be sent, and in which package it is sent from; `undefined` for what is not. */
export interface TelemetrySettings {
  readonly traces: (typeof PACKAGES)[Protocol] | undefined;
  readonly metrics: (typeof PACKAGES)[Protocol] | undefined;
  /** The share of traces that is kept, from 0 to 1. */
  readonly sampled: number;
  /** Values that are secrets: headers with keys, credentials in addresses. */
  readonly secrets: readonly string[];
}

/**
 * Reads what OpenTelemetry's own variables ask for: `OTEL_EXPORTER_OTLP_ENDPOINT` sends traces and metrics there; one of
 * the two alone by `…_TRACES_ENDPOINT` or `…_METRICS_ENDPOINT`, or with `OTEL_TRACES_EXPORTER=none`.
 *
 * @param variables the environment
 * @throws {@link UsageError} for an exporter, a protocol or a sampler that ART does not have
 */
export function readTelemetrySettings(variables: Environment): TelemetrySettings {
  // As OpenTelemetry has it: an empty variable is one that is not set.
  const env = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const off = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  const signal = (name: 'TRACES' | 'METRICS') => (off ? undefined : protocolOf(env, name));
  return {
    traces: signal('TRACES'),
    metrics: signal('METRICS'),
    sampled: sampledShare(env),
    secrets: ['', '_TRACES', '_METRICS'].flatMap((part) => [
      ...headerValues(env[`OTEL_EXPORTER_OTLP${part}_HEADERS`]),
      ...credentialsIn(env[`OTEL_EXPORTER_OTLP${part}_ENDPOINT`]),
    ]),
  };
}

function protocolOf(env: Environment, signal: 'TRACES' | 'METRICS') {
  const exporter = env[`OTEL_${signal}_EXPORTER`];
  const endpoint = env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  // Prometheus reads the worker's /metrics in any case.
  if (exporter === 'none' || exporter === 'prometheus') return undefined;
  if (exporter !== undefined && exporter !== 'otlp') {
    throw unknown(`OTEL_${signal}_EXPORTER`, exporter, ['otlp', 'none']);
  }
  if (endpoint === undefined && exporter !== 'otlp') return undefined;
  const variable = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`;
  const protocol = env[variable] ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf';
  if (protocol === 'http/protobuf' || protocol === 'http/json') return PACKAGES[protocol];
  throw unknown('OTEL_EXPORTER_OTLP_PROTOCOL', protocol, Object.keys(PACKAGES));
}

function sampledShare(env: Environment): number {
  const sampler = (env.OTEL_TRACES_SAMPLER ?? 'always_on').replace(/^parentbased_/, '');
  if (sampler === 'always_on') return 1;
  if (sampler === 'always_off') return 0;
  if (sampler !== 'traceidratio') {
    throw unknown('OTEL_TRACES_SAMPLER', sampler, ['always_on', 'always_off', 'traceidratio']);
  }
  const share = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  if (share >= 0 && share <= 1) return share;
  throw unknown('OTEL_TRACES_SAMPLER_ARG', String(env.OTEL_TRACES_SAMPLER_ARG), ['a share from 0 to 1']);
}

function headerValues(headers: string | undefined): string[] {
  return (headers ?? '').split(',').flatMap((pair) => {
    const value = pair.slice(pair.indexOf('=') + 1).trim();
    // `Bearer abc` is one header; the word before the key is none.
    return value === '' ? [] : [value, decoded(value).split(/\s+/).at(-1) ?? value];
  });
}

function credentialsIn(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { username, password } = new URL(url);
  return [username, password].filter((part) => part !== '').map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign is meant as it stands.
    return text;
  }
}

function unknown(variable: string, word: string, known: readonly string[]): UsageError {
  return new UsageError({
    code: 'UNKNOWN_TELEMETRY_SETTING',
    message: `${variable} is ${JSON.stringify(word)}, which ART does not have.`,
    hint: `There is: ${known.join(', ')}.`,
    data: { variable },
  });
}
