import { describe, expect, it } from 'vitest';
import { type Answer, startHttpServer } from '../../../test/servers/http-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgePrompt } from '../remote/remote-fixtures.ts';
import { promptHttp } from './http.ts';

async function made(options: Record<string, unknown>, answer: Answer = { body: { score: 0.7 } }) {
  const server = await closing(startHttpServer(() => answer));
  const env = { MY_KEY: 'http-secret-1', TEAM_TOKEN: 'http-secret-2' };
  const all = { url: `${server.url}/judge`, scorePath: '$.score', ...options };
  return { server, judge: await promptHttp.create(all, judgeServices({ env, judgeName: 'mine' })) };
}

describe('http for prompts', () => {
  it('fills the template in and reads the score', async () => {
    const { judge, server } = await made({
      request: { inputs: ['Judge {{text}}'], about: '{{category}}', n: 1 },
      headers: { 'X-Team': 'red' },
      apiKeyEnv: 'MY_KEY',
      headersEnv: { 'X-Token': 'TEAM_TOKEN' },
    });
    expect(judge).toMatchObject({ name: 'mine', dependsOnCategory: true, endpoint: { provider: 'http' } });
    const text = 'a "cat" {{category}} \\';
    expect(await judgePrompt(judge, text, 'hate')).toEqual({ verdict: 'unsafe', score: 0.7 });
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/judge',
        headers: {
          'content-type': 'application/json',
          'x-team': 'red',
          'x-token': 'http-secret-2',
          authorization: 'Bearer http-secret-1',
        },
        body: { inputs: [`Judge ${text}`], about: 'hate', n: 1 },
      },
    ]);
  });

  it('has a template of its own, and a header for the key', async () => {
    const { judge, server } = await made({ apiKeyEnv: 'MY_KEY', apiKeyHeader: 'X-Api-Key' });
    expect(judge.dependsOnCategory).toBe(false);
    await judgePrompt(judge, 'a cat');
    expect(server.requests[0]).toMatchObject({
      headers: { 'x-api-key': 'http-secret-1' },
      body: { text: 'a cat' },
    });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('calls an answer without a score an error', async () => {
    const { judge } = await made({}, { body: { result: 'fine' } });
    expect(await judgePrompt(judge, 'a cat')).toMatchObject({
      verdict: 'error',
      error: { code: 'BAD_ANSWER' },
    });
  });

  it('does not carry keys to where a redirect points', async () => {
    const elsewhere = await closing(startHttpServer(() => ({ body: { score: 0 } })));
    const { judge } = await made(
      { apiKeyEnv: 'MY_KEY', apiKeyHeader: 'X-Api-Key' },
      { status: 302, headers: { location: elsewhere.url } },
    );
    await expect(judgePrompt(judge, 'a cat')).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    expect(elsewhere.requests).toEqual([]);
  });

  it.each([
    [{ request: { text: '{{prompt}}' } }, /\{\{prompt\}\}.*nothing fills in/],
    [{ scorePath: undefined }, /nothing says what is unsafe/],
    [{ headersEnv: { 'X-A': 'NOT_THERE' } }, /NOT_THERE/],
    [{ headers: { 'X-A': 'a\r\nX-B: c' } }, /headers/],
    [{ headers: { Host: 'elsewhere' } }, /headers/],
    [{ url: 'file:///etc/passwd' }, /url/],
  ])('refuses the options %j', async (options, message) => {
    await expect(made(options)).rejects.toThrow(message);
    await expect(made(options)).rejects.toMatchObject({ exitCode: 2 });
  });
});
