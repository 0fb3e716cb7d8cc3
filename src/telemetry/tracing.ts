import { type Attributes, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { ART_VERSION } from '../version.ts';

/** Where our spans come from. Costs nothing until an SDK is registered. */
export function tracer() {
  return trace.getTracer('art', ART_VERSION);
}

/**
 * Does some work in a span below the current one.
 *
 * @param name of the span
 * @param attributes what is known before the work begins
 * @param work gets the span, to say what came of it
 */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer().startSpan(name, { attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Says that the work of a span failed: by the code alone, for messages quote prompts. */
export function markFailed(span: Span, error: unknown): void {
  const code = codeOf(error);
  span.setAttribute('error.type', code);
  // Stopping a campaign is nobody's failure.
  if (code !== 'Interrupted') span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
