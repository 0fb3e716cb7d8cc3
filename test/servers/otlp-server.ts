import { z } from 'zod';
import { type RunningServer, startHttpServer } from './http-server.ts';

const attributesSchema = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .default([])
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]])));

const tracesSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: attributesSchema }),
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.looseObject({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().default(''),
              name: z.string(),
              attributes: attributesSchema,
              status: z
                .object({ code: z.int().default(0), message: z.string().optional() })
                .default({ code: 0 }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A span as it came over the wire. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where it is the root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Where it comes from: `art`, `pg-boss`, `gen_ai` … */
  readonly scope: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string | undefined };
}

/** A collector of OpenTelemetry that runs. */
export interface OtlpServer extends RunningServer {
  /** Every span that came, in order. */
  spans(): ReceivedSpan[];
  /** Everything that came, as text. */
  text(): string;
}

/** Starts a collector that takes OTLP over HTTP, as JSON, and keeps it. */
export async function startOtlpServer(): Promise<OtlpServer> {
  const server = await startHttpServer(() => ({ body: {} }));
  const bodies = (path: string) =>
    server.requests.filter((request) => request.path === path).map(({ body }) => body);
  return {
    ...server,
    text: () => JSON.stringify(server.requests.map(({ body }) => body)),
    spans: () =>
      bodies('/v1/traces').flatMap((body) =>
        tracesSchema
          .parse(body)
          .resourceSpans.flatMap(({ resource, scopeSpans }) =>
            scopeSpans.flatMap(({ scope, spans }) =>
              spans.map((span) => ({ ...span, scope: scope.name, resource: resource.attributes })),
            ),
          ),
      ),
  };
}
