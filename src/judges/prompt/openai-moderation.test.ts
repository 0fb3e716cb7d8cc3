import { describe, expect, it } from 'vitest';
import {
  type ModerationServerOptions,
  startModerationServer,
} from '../../../test/servers/moderation-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgePrompt, someCall } from '../remote/remote-fixtures.ts';
import { promptOpenaiModeration } from './openai-moderation.ts';

const env = { OPENAI_API_KEY: 'the-public-key-1', OTHER_KEY: 'another-key-2' };

async function made(options: Record<string, unknown> = {}, openai?: ModerationServerOptions['openai']) {
  const server = await closing(startModerationServer({ ...(openai === undefined ? {} : { openai }) }));
  const all = { baseURL: `${server.url}/v1`, ...options };
  return {
    server,
    judge: await promptOpenaiModeration.create(all, judgeServices({ env, judgeName: 'mod' })),
  };
}
const scores = () => ({ hate: 0.6, violence: 0.8, 'violence/graphic': 0.2 });

describe('openai-moderation for prompts', () => {
  it('sends a batch in one request and keeps the order', async () => {
    const { judge, server } = await made({ apiKeyEnv: 'OTHER_KEY' }, (input) => ({
      violence: String(input).length / 10,
    }));
    expect(judge).toMatchObject({ name: 'mod', batchSize: 32 });
    const texts = ['seven c', '', 'cat', 'half a ten\ud800'];
    const subjects = texts.map((text) => ({ kind: 'prompt' as const, text, category: 'hate' }));
    expect(await judge.judge(subjects, someCall())).toEqual([
      { verdict: 'unsafe', score: 0.7, label: 'violence', found: ['violence'] },
      { verdict: 'error', error: { code: 'EMPTY_TEXT', message: expect.any(String) } },
      { verdict: 'safe', score: 0.3 },
      { verdict: 'unsafe', score: 1, label: 'violence', found: ['violence'] },
    ]);
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/moderations',
        headers: { authorization: 'Bearer another-key-2' },
        body: { model: 'omni-moderation-latest', input: ['seven c', 'cat', 'half a ten\ufffd'] },
      },
    ]);
  });

  it("takes the service's verdict, or a threshold, of all categories or of some", async () => {
    const verdict = async (options: object) => judgePrompt((await made({ ...options }, scores)).judge, 'x');
    expect(await verdict({})).toEqual({
      verdict: 'unsafe',
      score: 0.8,
      label: 'violence',
      found: ['violence', 'hate'],
    });
    expect(await verdict({ unsafeCategories: ['violence/graphic'] })).toEqual({
      verdict: 'safe',
      score: 0.2,
    });
    expect(await verdict({ threshold: 0.9 })).toEqual({ verdict: 'safe', score: 0.8 });
    expect(await verdict({ threshold: 0.2, unsafeCategories: ['violence/graphic'] })).toMatchObject({
      verdict: 'unsafe',
      label: 'violence/graphic',
    });
    expect(await verdict({ unsafeCategories: ['gore'] })).toMatchObject({
      verdict: 'error',
      error: { code: 'UNKNOWN_LABEL', message: expect.stringMatching(/gore.*violence\/graphic/) },
    });
  });

  it('sends texts one by one where the service refuses a batch', async () => {
    const { judge, server } = await made({}, (input) =>
      input === 'bad' ? { status: 400, body: { error: { message: 'Invalid input.' } } } : { violence: 0.1 },
    );
    const subjects = ['good', 'bad', 'fine'].map((text) => ({
      kind: 'prompt' as const,
      text,
      category: 'hate',
    }));
    expect(await judge.judge(subjects, someCall())).toMatchObject([
      { verdict: 'safe' },
      { verdict: 'error', error: { code: 'REJECTED', message: expect.stringMatching(/Invalid input/) } },
      { verdict: 'safe' },
    ]);
    expect(server.requests).toHaveLength(4);
  });

  it('never gives the public key to another server', async () => {
    const { judge, server } = await made();
    await judgePrompt(judge, 'x');
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('needs a key for the public service', async () => {
    const creating = promptOpenaiModeration.create({}, judgeServices({ judgeName: 'mod' }));
    await expect(creating).rejects.toMatchObject({
      code: 'MISSING_ENVIRONMENT_VARIABLE',
      message: expect.stringMatching(/judge mod.*OPENAI_API_KEY/),
    });
    const judge = await promptOpenaiModeration.create({}, judgeServices({ env }));
    expect(judge.endpoint).toMatchObject({
      baseURL: 'https://api.openai.com/v1',
      provider: 'openai-moderation',
    });
  });

  it('does not believe an answer with another number of results', async () => {
    const { judge } = await made({}, () => ({ body: { results: [] } }));
    await expect(judgePrompt(judge, 'x')).rejects.toMatchObject({ code: 'BAD_ANSWER', retryable: true });
  });
});
