import type { AnyValue, Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter, TimedEvent } from '@opentelemetry/sdk-trace';
import { redact } from '../models/redact.ts';

/**
 * Attributes that hold what a model read or wrote, by the names of OpenTelemetry's conventions and of the AI SDK; and
 * messages of errors, for servers like to quote the prompt that they refuse.
 */
const CONTENT =
  /^gen_ai\.(?:input\.messages|output\.messages|system_instructions|prompt|completion|tool\.|evaluation\.explanation)|^ai\.(?!model\.|usage\.|operationId|telemetry\.|settings\.max|response\.(?:id|model|timestamp|finishReason))|^(?:exception\.(?:message|stacktrace)|error\.message|db\.query\.text)$/;

/**
 * The last gate of traces: no key leaves through it, and nothing that a model read or wrote unless that is wanted.
 *
 * @param exporter what sends the spans
 * @param withContent whether they may hold prompts and answers
 */
export function cleaningExporter(exporter: SpanExporter, withContent: boolean): SpanExporter {
  return {
    export: (spans, onResult) =>
      exporter.export(
        spans.map((span) => cleanSpan(span, withContent)),
        onResult,
      ),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

function cleanSpan(span: ReadableSpan, withContent: boolean): ReadableSpan {
  const clean = (attributes: Attributes) => cleanAttributes(attributes, withContent);
  const { code, message } = span.status;
  // Our own status messages are codes of errors.
  const keepsMessage = message !== undefined && (withContent || span.instrumentationScope.name === 'art');
  const events = span.events.map(
    (event): TimedEvent => ({
      ...event,
      name: redact(event.name),
      ...(event.attributes === undefined ? {} : { attributes: clean(event.attributes) }),
    }),
  );
  // A view of the span: its own class computes some of what exporters read.
  return Object.create(span, {
    attributes: { value: clean(span.attributes), enumerable: true },
    events: { value: events, enumerable: true },
    status: { value: keepsMessage ? { code, message: redact(message) } : { code }, enumerable: true },
  });
}

function cleanAttributes(attributes: Attributes, withContent: boolean): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => withContent || !CONTENT.test(name))
      .map(([name, value]) => [name, cleanValue(value)]),
  );
}

function cleanValue(value: AnyValue): AnyValue {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, cleanValue(part)]));
}
