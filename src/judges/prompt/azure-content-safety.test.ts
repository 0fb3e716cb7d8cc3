import { describe, expect, it } from 'vitest';
import {
  type ModerationServerOptions,
  startModerationServer,
} from '../../../test/servers/moderation-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgePrompt } from '../remote/remote-fixtures.ts';
import { promptAzureContentSafety, splitText } from './azure-content-safety.ts';

const env = { AZURE_CONTENT_SAFETY_KEY: 'azure-secret-1' };

async function made(azure: ModerationServerOptions['azure'], options: Record<string, unknown> = {}) {
  const server = await closing(
    startModerationServer({ apiKey: 'azure-secret-1', ...(azure === undefined ? {} : { azure }) }),
  );
  const judge = await promptAzureContentSafety.create(
    { baseURL: `${server.url}/`, ...options },
    judgeServices({ env }),
  );
  return { server, judge };
}

describe('azure-content-safety for prompts', () => {
  it('takes the highest severity', async () => {
    const { judge, server } = await made(() => ({ Hate: 2, Violence: 4 }));
    const judgement = await judgePrompt(judge, 'a knight');
    expect(judgement).toEqual({
      verdict: 'unsafe',
      score: 4 / 6,
      label: 'Violence',
      found: ['Violence 4', 'Hate 2'],
    });
    expect(server.requests).toMatchObject([
      {
        path: '/contentsafety/text:analyze',
        headers: { 'ocp-apim-subscription-key': 'azure-secret-1' },
        body: {
          text: 'a knight',
          categories: ['Hate', 'SelfHarm', 'Sexual', 'Violence'],
          outputType: 'FourSeverityLevels',
        },
      },
    ]);
    expect(server.requests[0]?.query.get('api-version')).toBe('2024-09-01');
  });

  it('has a threshold, eight levels and chosen categories', async () => {
    const judged = async (options: object) =>
      judgePrompt((await made(() => ({ Hate: 3, Violence: 5 }), { ...options })).judge, 'x');
    expect(await judged({ levels: 8, severity: 6 })).toMatchObject({ verdict: 'safe', score: 5 / 7 });
    expect(await judged({ levels: 8, severity: 3, unsafeCategories: ['Hate'] })).toEqual({
      verdict: 'unsafe',
      score: 3 / 7,
      label: 'Hate',
      found: ['Hate 3'],
    });
  });

  it('judges a long text in parts, and says so', async () => {
    const { judge, server } = await made((input) => ({ Sexual: String(input).includes('needle') ? 6 : 0 }));
    const text = `${'🐈 straw '.repeat(2400)}needle`;
    expect(await judgePrompt(judge, text)).toEqual({
      verdict: 'unsafe',
      score: 1,
      label: 'Sexual',
      found: ['Sexual 6', 'judged in 2 parts'],
    });
    expect(server.requests).toHaveLength(2);
    expect(await judgePrompt(judge, '  ')).toMatchObject({ error: { code: 'EMPTY_TEXT' } });
  });

  it('does not take silence on a category for safety', async () => {
    const { judge } = await made(() => ({
      body: { categoriesAnalysis: [{ category: 'Hate', severity: 0 }] },
    }));
    expect(await judgePrompt(judge, 'x')).toMatchObject({
      verdict: 'error',
      error: { message: expect.stringMatching(/SelfHarm, Sexual, Violence/) },
    });
  });

  it('tells a quota that is used up from a wrong key', async () => {
    const message = 'Out of call volume quota. Quota will be replenished in 10 days.';
    const { judge } = await made(() => ({ status: 403, body: { error: { code: '403', message } } }));
    await expect(judgePrompt(judge, 'x')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: false,
      message: expect.stringMatching(/Out of call volume quota/),
    });
  });

  it('needs a key and an address', async () => {
    await expect(promptAzureContentSafety.create({}, judgeServices({ env }))).rejects.toThrow(/baseURL/);
    const creating = promptAzureContentSafety.create({ baseURL: 'http://127.0.0.1:1' }, judgeServices());
    await expect(creating).rejects.toThrow(/AZURE_CONTENT_SAFETY_KEY/);
  });
});

describe('splitText', () => {
  it('cuts at spaces, and anywhere where there is none', () => {
    expect(splitText('', 10)).toEqual([]);
    expect(splitText('aaaaaaaaa bbb', 10)).toEqual(['aaaaaaaaaa'.slice(1).concat(' '), 'bbb']);
    const words = splitText('word '.repeat(5000), 100);
    expect(words.join('')).toBe('word '.repeat(5000));
    expect(words.every((part) => part.length <= 100)).toBe(true);
    expect(splitText('🐈'.repeat(15), 10)).toEqual(['🐈'.repeat(10), '🐈'.repeat(5)]);
  });
});
