import { generateText } from 'ai';
import { afterEach, describe, expect, it } from 'vitest';
import { alwaysFault, type Fault, rateLimit } from '../../test/servers/faults.ts';
import type { RunningServer } from '../../test/servers/http-server.ts';
import { type OpenaiServerOptions, startOpenaiServer } from '../../test/servers/openai-server.ts';
import { toModelError } from './failures.ts';
import { ModelConfigurationError } from './model-configuration-error.ts';
import { ModelError } from './model-error.ts';
import { createLanguageModel } from './providers.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: OpenaiServerOptions = {}): Promise<RunningServer> {
  const server = await startOpenaiServer(options);
  servers.push(server);
  return server;
}

/** Asks over real HTTP and gives the failure. */
async function ask(
  url: string,
  { signal, key }: { signal?: AbortSignal; key?: string } = {},
): Promise<ModelError> {
  const config = {
    provider: 'openai-compatible',
    baseURL: `${url}/v1`,
    model: 'm',
    ...(key ? { apiKeyEnv: 'MY_KEY' } : {}),
  };
  const model = await createLanguageModel(config, 'writer', { env: { MY_KEY: key }, fetch, configDir: '/' });
  try {
    const { text } = await generateText({
      model,
      prompt: 'hello',
      maxRetries: 0,
      ...(signal ? { abortSignal: signal } : {}),
    });
    throw new Error(`an answer: ${text}`);
  } catch (error) {
    const now = () => Date.parse('2026-01-01T00:00:00Z');
    return toModelError(error, {
      role: 'writer',
      provider: config.provider,
      url: config.baseURL,
      apiKeyEnv: config.apiKeyEnv,
      now,
    });
  }
}

/** A 429 that names a date, by a server whose own clock says the same as ours. */
function dated(retryAfter: string): Fault {
  const headers = { 'retry-after': retryAfter, date: 'Thu, 01 Jan 2026 00:00:00 GMT' };
  return { kind: 'status', status: 429, headers };
}

describe('a failure over HTTP', () => {
  it.each<[name: string, fault: Fault, expected: Partial<ModelError>]>([
    [
      '429, seconds',
      rateLimit('3'),
      { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 3000, status: 429 },
    ],
    ['429, date', dated('Thu, 01 Jan 2026 00:00:09 GMT'), { code: 'RATE_LIMITED', retryAfterMs: 9000 }],
    [
      '429, no credit',
      { kind: 'status', status: 429, body: { error: { code: 'insufficient_quota', message: 'quota' } } },
      { code: 'RATE_LIMITED', retryable: false },
    ],
    [
      '500',
      { kind: 'status', status: 500, body: { error: 'OutOfMemoryError', errors: 'CUDA out of memory' } },
      { code: 'SERVER_ERROR', retryable: true },
    ],
    [
      '503 with Retry-After',
      { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
      { code: 'SERVER_ERROR', retryAfterMs: 1000 },
    ],
    [
      '400',
      { kind: 'status', status: 400, body: { error: { message: 'no such parameter' } } },
      { code: 'REJECTED', retryable: false },
    ],
    [
      '403',
      { kind: 'status', status: 403, body: '<html><title>Forbidden</title></html>' },
      { code: 'UNAUTHORISED', retryable: false },
    ],
    [
      '404',
      { kind: 'status', status: 404, body: { detail: 'Not Found' } },
      { code: 'NOT_FOUND', retryable: false },
    ],
    ['a reset', 'reset', { code: 'UNREACHABLE', retryable: true }],
    ['HTML', 'html', { code: 'BAD_ANSWER', retryable: true }],
    ['half an answer', 'truncated', { code: 'UNREACHABLE', retryable: true }],
    ['garbage', 'garbage', { code: 'BAD_ANSWER', retryable: true }],
    ['nothing', 'empty', { code: 'BAD_ANSWER', retryable: true }],
    ['5 MB', { kind: 'huge', bytes: 5_000_000 }, { code: 'BAD_ANSWER', retryable: true }],
    [
      'JSON of another shape',
      { kind: 'status', status: 200, body: { hello: 'world' } },
      { code: 'BAD_ANSWER', retryable: true },
    ],
  ])('%s', async (_, fault, expected) => {
    const server = await start({ faults: alwaysFault(fault) });
    const error = await ask(server.url);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject(expected);
    expect(error.message.length).toBeLessThanOrEqual(500);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });

  it('is shown in the words of the server', async () => {
    const body = { error: 'OutOfMemoryError', errors: 'CUDA out of memory' };
    const server = await start({ faults: alwaysFault({ kind: 'status', status: 500, body }) });
    const error = await ask(server.url);
    expect(error.message).toBe(
      `The writer (openai-compatible at ${server.url}/v1) answered 500: OutOfMemoryError; CUDA out of memory`,
    );
  });

  it('names the page for HTML', async () => {
    const server = await start({ faults: alwaysFault('html') });
    expect((await ask(server.url)).message).toMatch(/a page of HTML \(Welcome to nginx!\) instead of JSON/);
  });

  it('is a stall that the caller ends', async () => {
    const server = await start({ faults: alwaysFault('stall') });
    const error = await ask(server.url, { signal: AbortSignal.timeout(50) });
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true });
  });

  it('is a refused connection: says where and what to check', async () => {
    const server = await start();
    await server.close();
    const error = await ask(server.url);
    expect(error).toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
      hint: expect.stringMatching(/server running/),
    });
    expect(error.message).toContain(`${server.url}/v1`);
  });

  it('never shows the key that the server quotes', async () => {
    const server = await start({ apiKey: 'another' });
    const error = await ask(server.url, { key: 'my-very-secret-key' });
    expect(error).toMatchObject({ code: 'UNAUTHORISED', status: 401, hint: 'Check the key in MY_KEY.' });
    expect(error.message).toContain('[redacted]');
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(
      'my-very-secret-key',
    );
  });

  it('is none for an answer of 1 MB', async () => {
    const server = await start({ chat: () => 'x'.repeat(1_000_000) });
    expect((await ask(server.url)).message).toMatch(/an answer: xxx/);
  });
});

it('sends top_k, which the AI SDK would drop', async () => {
  const server = await start();
  const config = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 'm' };
  const model = await createLanguageModel(config, 'writer', { env: {}, fetch, configDir: '/' });
  const { warnings } = await generateText({ model, prompt: 'hello', topK: 50, seed: 3, maxRetries: 0 });
  expect(server.requests[0]?.body).toMatchObject({ top_k: 50, seed: 3 });
  expect(warnings).toEqual([]);
});

describe('a failure without an answer', () => {
  const context = { role: 'guide', provider: 'openai', url: undefined };

  it('stays what it is when it is one already, also as a cause', () => {
    const known = new ModelError({ code: 'NO_USABLE_TEXT', message: 'm', retryable: false });
    expect(toModelError(known, context)).toBe(known);
    expect(toModelError(new Error('wrapped', { cause: known }), context)).toBe(known);
  });

  it.each<[error: unknown, code: string, retryable: boolean]>([
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'TIMEOUT', true],
    [Object.assign(new Error('x'), { isTaskCancelledError: true }), 'TIMEOUT', true],
    [new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), 'UNREACHABLE', true],
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'UNREACHABLE', true],
    [Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'UNREACHABLE', false],
    [new Error('Fireworks image generation timed out after 9ms'), 'TIMEOUT', true],
    [new Error('Black Forest Labs generation failed.'), 'SERVER_ERROR', true],
    [new TypeError('x is not a function'), 'BAD_ANSWER', false],
    ['a string', 'BAD_ANSWER', false],
    [undefined, 'BAD_ANSWER', false],
  ])('%s', (error, code, retryable) => {
    expect(toModelError(error, context)).toMatchObject({ code, retryable });
  });

  it('keeps message and hint of a mistake in the configuration', () => {
    const mistake = new ModelConfigurationError({
      code: 'MISSING_WORKFLOW_VALUE',
      message: 'no steps',
      hint: 'set steps',
    });
    expect(toModelError(mistake, context)).toMatchObject({
      code: 'REJECTED',
      message: 'The guide (openai) cannot be asked: no steps',
      hint: 'set steps',
      retryable: false,
    });
  });
});
