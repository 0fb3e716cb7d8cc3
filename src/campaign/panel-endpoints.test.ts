import { describe, expect, it } from 'vitest';
import type { ImageJudge, JudgeCall, Judgement, PromptJudge, PromptSubject } from '../judges/judge.ts';
import { Picture } from '../judges/picture.ts';
import { ModelError } from '../models/model-error.ts';
import { Interrupted } from './interrupted.ts';
import { Panel, type PanelOptions } from './panel.ts';

const ENDPOINT = { provider: 'test', concurrency: 2, timeoutSeconds: 5, retries: 1 };

/** A judge that asks a server; the server is a function. */
function remote(
  serve: (subjects: readonly PromptSubject[], call: JudgeCall) => Promise<readonly Judgement[]>,
  more: Partial<PromptJudge> = {},
): PromptJudge {
  return { name: 'guard', subject: 'prompt', batchSize: 1, endpoint: ENDPOINT, judge: serve, ...more };
}

function panelOf(judges: readonly PromptJudge[], options: Partial<PanelOptions> = {}): Panel {
  return new Panel({ prompt: judges, image: [] }, { rule: 'any', random: () => 0, ...options });
}

const safe: Judgement = { verdict: 'safe' };
const refused = () => new ModelError({ code: 'REJECTED', message: 'not like this', retryable: false });

describe('a judge that asks a server', () => {
  it('goes through an endpoint, whose requests and tokens are recorded', async () => {
    const panel = panelOf([
      remote(async (_subjects, { report }) => {
        report?.({ inputTokens: 7, outputTokens: 2 });
        return [safe];
      }),
    ]);
    const { combined, requests } = await panel.judgePrompt('sun', 'weather');
    expect(combined).toBe('safe');
    expect(requests).toMatchObject([
      { endpoint: 'judge:guard', attempts: 1, inputTokens: 7, outputTokens: 2 },
    ]);
    expect(panel.endpoints.map(({ state }) => [state.name, state.requests, state.limit])).toEqual([
      ['judge:guard', 1, 2],
    ]);
  });

  it('gets no more requests at once than it takes', async () => {
    let running = 0;
    let most = 0;
    const panel = panelOf([
      remote(async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return [safe];
      }),
    ]);
    await Promise.all(Array.from({ length: 20 }, (_, index) => panel.judgePrompt(`${index}`, 'weather')));
    expect(most).toBe(2);
  });

  it('is tried again by the endpoint alone, then an error; the others go on', async () => {
    let asked = 0;
    const problems: string[] = [];
    const failures: string[] = [];
    const panel = panelOf(
      [
        remote(async () => {
          asked++;
          throw refused();
        }),
        remote(async () => [safe], { name: 'other' }),
      ],
      {
        onProblem: (endpoint, { code }) => problems.push(`${endpoint} ${code}`),
        onFailure: (judge, message) => failures.push(`${judge}: ${message}`),
      },
    );
    const { combined, rows } = await panel.judgePrompt('sun', 'weather');
    expect(combined).toBe('error');
    expect(rows).toMatchObject([
      { judge: 'guard', verdict: 'error', error: { code: 'REJECTED', message: 'not like this' } },
      { judge: 'other', verdict: 'safe' },
    ]);
    expect([asked, problems, failures]).toEqual([1, ['judge:guard REJECTED'], ['guard: not like this']]);
  });

  it('records a batch as one request, at its first subject', async () => {
    const panel = panelOf([remote(async (subjects) => subjects.map(() => safe), { batchSize: 8 })]);
    const verdicts = await Promise.all(['a', 'b', 'c'].map((text) => panel.judgePrompt(text, 'weather')));
    expect(verdicts.map(({ requests }) => requests.length)).toEqual([1, 0, 0]);
  });

  it('whose answer does not fit the batch is an error', async () => {
    const panel = panelOf([remote(async () => [], { endpoint: { ...ENDPOINT, retries: 0 } })]);
    const { rows } = await panel.judgePrompt('sun', 'weather');
    expect(rows).toMatchObject([{ verdict: 'error', error: { code: 'BAD_ANSWER' } }]);
  });

  it('of prompts and of images under one name shares its limits with itself', () => {
    const image: ImageJudge = {
      name: 'guard',
      subject: 'image',
      batchSize: 1,
      endpoint: ENDPOINT,
      judge: async () => [],
    };
    const both = new Panel({ prompt: [remote(async () => [safe])], image: [image] }, { rule: 'any' });
    expect(both.endpoints).toHaveLength(1);
    const elsewhere = { ...image, endpoint: { ...ENDPOINT, baseURL: 'http://127.0.0.1:1' } };
    const two = new Panel({ prompt: [remote(async () => [safe])], image: [elsewhere] }, { rule: 'any' });
    expect(two.endpoints).toHaveLength(2);
  });
});

describe('Ctrl-C', () => {
  it('ends the wait for the next try at once, without a verdict', async () => {
    const stop = new AbortController();
    let asked = 0;
    const panel = panelOf(
      [
        remote(
          async () => {
            asked++;
            throw new ModelError({
              code: 'RATE_LIMITED',
              message: 'later',
              retryable: true,
              retryAfterMs: 20_000,
            });
          },
          { endpoint: { ...ENDPOINT, retries: 9 } },
        ),
      ],
      { onProblem: () => setImmediate(() => stop.abort()) },
    );
    await expect(panel.judgePrompt('sun', 'weather', { stop: stop.signal })).rejects.toThrow(Interrupted);
    expect(asked).toBe(1);
  });

  it('lets a request that is in flight finish, and waits for every judge', async () => {
    const stop = new AbortController();
    const gate = Promise.withResolvers<void>();
    let finished = 0;
    const panel = panelOf([
      remote(async () => {
        await gate.promise;
        finished++;
        return [safe];
      }),
    ]);
    const inFlight = panel.judgePrompt('sun', 'weather', { stop: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    gate.resolve();
    expect((await inFlight).combined).toBe('safe');
    await expect(panel.judgePrompt('rain', 'weather', { stop: stop.signal })).rejects.toThrow(Interrupted);
    expect(finished).toBe(1);
  });
});

describe('categories', () => {
  it('are asked of their judges alone, and the rule counts no others', async () => {
    const flagging: Judgement = { verdict: 'unsafe' };
    const here = remote(async () => [flagging], { name: 'storms', categories: ['weather'] });
    const everywhere = remote(async () => [safe], { name: 'all' });
    const panel = panelOf([here, everywhere], { rule: { prompt: 'majority', image: 'any' } });
    const weather = await panel.judgePrompt('sun', 'weather');
    const travel = await panel.judgePrompt('sun', 'travel');
    expect(weather.rows.map(({ judge }) => judge)).toEqual(['storms', 'all']);
    expect(weather.combined).toBe('safe');
    expect(travel.rows.map(({ judge }) => judge)).toEqual(['all']);
  });

  it('weigh judges by their names', async () => {
    const panel = panelOf(
      [
        remote(async () => [{ verdict: 'unsafe' }], { name: 'light' }),
        remote(async () => [safe], { name: 'heavy' }),
      ],
      { rule: { weights: { light: 1, heavy: 3 }, threshold: 2 } },
    );
    expect((await panel.judgePrompt('sun', 'weather')).combined).toBe('safe');
    const picture = new Picture(new Uint8Array(1), 'a');
    expect((await panel.judgeImage(picture, 'weather', 'turn image', 0)).rows).toEqual([]);
  });
});
