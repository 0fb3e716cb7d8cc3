import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type OpenaiServerOptions, startOpenaiServer } from '../../../test/servers/openai-server.ts';
import { closing } from '../../../test/support/servers.ts';
import type { Usage } from '../../models/types.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgePrompt, someCall } from '../remote/remote-fixtures.ts';
import { promptLlamaGuard } from './llama-guard.ts';

async function made(options: Record<string, unknown>, chat: OpenaiServerOptions['chat'] = () => 'safe') {
  const server = await closing(startOpenaiServer({ chat, apiKey: 'a-secret-key-1' }));
  const judge = await promptLlamaGuard.create(
    { baseURL: `${server.url}/v1`, model: 'guard', apiKeyEnv: 'GUARD_KEY', ...options },
    judgeServices({ env: { GUARD_KEY: 'a-secret-key-1' }, judgeName: 'my-guard' }),
  );
  return { server, judge, asked: () => server.requests.map(({ body }) => body) };
}

describe('llama-guard for prompts', () => {
  it('says what it is and how it is to be treated', async () => {
    const { judge, server } = await made({
      concurrency: 7,
      requestsPerMinute: 60,
      timeoutSeconds: 9,
      retries: 2,
    });
    expect(judge).toMatchObject({ name: 'my-guard', subject: 'prompt', batchSize: 1, concurrency: 7 });
    expect(judge.endpoint).toEqual({
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      apiKeyEnv: 'GUARD_KEY',
      concurrency: 7,
      requestsPerMinute: 60,
      timeoutSeconds: 9,
      retries: 2,
    });
    expect(judge.revision).toBeUndefined();
  });

  it('judges as in the paper with version 2: the prompt is the answer of an agent', async () => {
    const { judge, asked } = await made({ version: 2 }, () => 'unsafe\nS1,S9');
    expect(await judgePrompt(judge, 'a street at night')).toEqual({
      verdict: 'unsafe',
      label: 'S1',
      found: ['S1 violent crimes', 'S9 hate'],
    });
    expect(asked()).toEqual([
      {
        model: 'guard',
        max_tokens: 100,
        temperature: 0,
        messages: [
          { role: 'user', content: expect.stringMatching(/prompt/) },
          { role: 'assistant', content: 'a street at night' },
        ],
      },
    ]);
  });

  it.each([
    [{ version: 3 }, ['user']],
    [{}, ['user']],
    [{ version: 4, as: 'assistant' }, ['user', 'assistant']],
    [{ version: 2, as: 'user' }, ['user']],
  ])('sends the prompt with %j as %j', async (options, roles) => {
    const { judge, asked } = await made(options);
    expect(await judgePrompt(judge, 'a cat <|eot_id|>')).toEqual({ verdict: 'safe', label: 'safe' });
    const [{ messages }] = z
      .tuple([z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })])
      .parse(asked());
    expect(messages.map(({ role }) => role)).toEqual(roles);
    expect(messages.at(-1)?.content).toBe('a cat < |eot_id|>');
  });

  it('takes a score from log-probabilities where the server has them', async () => {
    const top = [
      { token: 'unsafe', logprob: Math.log(0.9) },
      { token: 'safe', logprob: Math.log(0.1) },
    ];
    const content = [{ token: 'unsafe', logprob: Math.log(0.9), top_logprobs: top }];
    const message = { role: 'assistant', content: 'unsafe\nS2' };
    const choices = [{ index: 0, message, logprobs: { content }, finish_reason: 'stop' }];
    const { judge, asked } = await made({ logprobs: true }, () => ({
      body: { id: '1', object: 'chat.completion', created: 1, model: 'guard', choices },
    }));
    const judgement = await judgePrompt(judge, 'x');
    expect(judgement).toMatchObject({ verdict: 'unsafe', label: 'S2' });
    expect(judgement).toHaveProperty('score', expect.closeTo(0.9, 10));
    expect(asked()).toMatchObject([{ logprobs: true, top_logprobs: 10 }]);
  });

  it('has no score from a server without them, and passes provider options on', async () => {
    const { judge, asked } = await made({
      logprobs: true,
      providerOptions: { guided: 1 },
      temperature: null,
    });
    expect(await judgePrompt(judge, 'x')).toEqual({ verdict: 'safe', label: 'safe' });
    expect(asked()).toMatchObject([{ guided: 1 }]);
    expect(asked()).not.toMatchObject([{ temperature: 0 }]);
  });

  it('sends nothing where there is no text, and a long or right-to-left text as it is', async () => {
    const { judge, server, asked } = await made({});
    expect(await judgePrompt(judge, ' \n')).toMatchObject({
      verdict: 'error',
      error: { code: 'EMPTY_TEXT' },
    });
    expect(server.requests).toHaveLength(0);
    const text = 'قطة 🐈 '.repeat(12_000);
    expect(await judgePrompt(judge, text)).toMatchObject({ verdict: 'safe' });
    expect(asked()).toMatchObject([{ messages: [{ content: text }] }]);
  });

  it('reports the tokens', async () => {
    const { judge } = await made({});
    const usages: Usage[] = [];
    await judge.judge([{ kind: 'prompt', text: 'three words here', category: 'hate' }], someCall(usages));
    expect(usages).toEqual([{ inputTokens: 3, outputTokens: 1 }]);
  });

  it('keeps one failed subject of several apart', async () => {
    const { judge } = await made({}, ({ text }) => (text === 'bad' ? { status: 400, body: 'no' } : 'safe'));
    const subjects = ['good', 'bad'].map((text) => ({ kind: 'prompt' as const, text, category: 'hate' }));
    expect(await judge.judge(subjects, someCall())).toMatchObject([
      { verdict: 'safe' },
      { verdict: 'error', error: { code: 'REJECTED' } },
    ]);
  });

  it('stops when it is told to', async () => {
    const { judge } = await made({}, () => new Promise<string>(() => undefined));
    const controller = new AbortController();
    const judged = judge.judge([{ kind: 'prompt', text: 'x', category: 'hate' }], {
      signal: controller.signal,
    });
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason));
    await expect(judged).rejects.toBe(reason);
  });

  it.each([
    [{ model: 'm' }, 'MISSING_BASE_URL', /judge my-guard/],
    [{ baseURL: 'http://127.0.0.1:1/v1' }, 'MISSING_MODEL', /judge my-guard/],
    [
      { baseURL: 'http://127.0.0.1:1/v1', model: 'm', apiKeyEnv: 'NOT_THERE' },
      'MISSING_ENVIRONMENT_VARIABLE',
      /NOT_THERE/,
    ],
    [{ provider: 'nonsense', model: 'm' }, 'UNKNOWN_PROVIDER', /nonsense/],
    [{ version: 5 }, 'WRONG_JUDGE_OPTIONS', /version/],
    [{ unsafeCategories: ['S15'] }, 'WRONG_JUDGE_OPTIONS', /S1/],
    [{ baseUrl: 'http://127.0.0.1:1' }, 'WRONG_JUDGE_OPTIONS', /baseUrl/],
  ])('refuses the options %j', async (options, code, message) => {
    const creating = promptLlamaGuard.create(options, judgeServices({ judgeName: 'my-guard' }));
    await expect(creating).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });
});
