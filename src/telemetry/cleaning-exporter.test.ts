import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { rememberSecret } from '../models/redact.ts';
import { cleaningExporter } from './cleaning-exporter.ts';

/** A span as the AI SDK and our own code write them, as it comes out at the other end. */
function exported(scope: string, withContent: boolean) {
  const memory = new InMemorySpanExporter();
  const exporter = cleaningExporter(memory, withContent);
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const span = provider.getTracer(scope).startSpan('chat my-llm', {
    attributes: {
      'art.round': 3,
      'gen_ai.request.model': 'my-llm',
      'gen_ai.input.messages': '[{"content":"a street in the rain"}]',
      'gen_ai.output.messages': '[{"content":"a street in the snow"}]',
      'ai.prompt.messages': 'a street in the rain',
      'ai.response.text': 'a street in the snow',
      'ai.response.id': 'r-1',
      'server.address': 'http://me:canary-key-4711@127.0.0.1/v1',
      'art.list': ['fine', 'canary-key-4711'],
    },
  });
  span.recordException(new Error('canary-key-4711: the prompt "a street in the rain" was refused'));
  span.setStatus({ code: 2, message: 'refused: a street in the rain' });
  span.end();
  const [finished] = memory.getFinishedSpans();
  if (finished === undefined) throw new Error('nothing was exported');
  return finished;
}

it('lets no prompt, no answer and no key out', () => {
  rememberSecret('canary-key-4711');
  const span = exported('ai', false);
  const text = JSON.stringify([span.name, span.attributes, span.events, span.status]);
  expect(text).not.toMatch(/street|snow|canary-key/);
  expect(span.attributes).toMatchObject({
    'art.round': 3,
    'gen_ai.request.model': 'my-llm',
    'ai.response.id': 'r-1',
    'art.list': ['fine', '[redacted]'],
  });
  expect(span.events[0]?.attributes).toEqual({ 'exception.type': 'Error' });
  expect(span.status).toEqual({ code: 2 });
  // What exporters read besides is as it was.
  expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(span.duration).toHaveLength(2);
  expect(span.instrumentationScope.name).toBe('ai');
});

it('lets prompts out where somebody asks for them, and still no key', () => {
  rememberSecret('canary-key-4711');
  const span = exported('ai', true);
  expect(span.attributes['ai.prompt.messages']).toBe('a street in the rain');
  expect(JSON.stringify([span.attributes, span.events, span.status])).not.toContain('canary-key');
});

it("keeps the codes of ART's own errors", () => {
  expect(exported('art', false).status).toEqual({ code: 2, message: 'refused: a street in the rain' });
});
