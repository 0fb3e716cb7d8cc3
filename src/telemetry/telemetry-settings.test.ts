import { describe, expect, it } from 'vitest';
import { readTelemetrySettings } from './telemetry-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('what is sent', () => {
  it.each([
    [{}, undefined, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined, undefined],
    [ENDPOINT, 'proto', 'proto'],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http', 'http'],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, 'http', 'proto'],
    [{ ...ENDPOINT, OTEL_METRICS_EXPORTER: 'none' }, 'proto', undefined],
    [{ ...ENDPOINT, OTEL_METRICS_EXPORTER: 'prometheus' }, 'proto', undefined],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9' }, undefined, 'proto'],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: '', OTEL_TRACES_EXPORTER: '' }, 'proto', 'proto'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'proto', undefined],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }, undefined, undefined],
  ])('%j: traces by %s, metrics by %s', (env, traces, metrics) => {
    expect(readTelemetrySettings(env)).toMatchObject({ traces, metrics });
  });

  it.each([
    { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_TRACES_EXPORTER: 'zipkin' },
    { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
  ])('%j is refused, with what there is', (env) => {
    expect(() => readTelemetrySettings(env)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TELEMETRY_SETTING', exitCode: 2 }),
    );
  });
});

it.each([
  [{}, 1],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 0.25],
])('%j keeps %d of the traces', (env, share) => {
  expect(readTelemetrySettings(env).sampled).toBe(share);
});

it('knows the keys in headers and addresses, so that no message shows them', () => {
  const { secrets } = readTelemetrySettings({
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=key-of-the-team,Authorization=Basic%20a2V5OmtleQ==',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://me:p%40ss@collector/v1/traces',
  });
  expect(secrets).toEqual(expect.arrayContaining(['key-of-the-team', 'a2V5OmtleQ==', 'me', 'p@ss']));
});
