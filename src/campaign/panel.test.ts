import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageJudge, Judgement, PromptJudge, PromptSubject } from '../judges/judge.ts';
import { Picture } from '../judges/picture.ts';
import { Panel, type PanelOptions } from './panel.ts';

type Judging = (subjects: readonly PromptSubject[], signal: AbortSignal) => Promise<readonly Judgement[]>;

/** A prompt judge that notes how many subjects each of its calls got. */
function judgeOf(judging: Judging, more: Partial<PromptJudge> = {}) {
  const calls: number[] = [];
  const judge: PromptJudge = {
    name: 'test judge',
    subject: 'prompt',
    batchSize: 4,
    judge(subjects, { signal }) {
      calls.push(subjects.length);
      return judging(subjects, signal);
    },
    ...more,
  };
  return { judge, calls };
}

const byText: Judging = async (subjects) =>
  subjects.map(({ text }) => ({ verdict: text.includes('storm') ? 'unsafe' : 'safe', label: text }));

function panelOf(judges: readonly PromptJudge[], options: Partial<PanelOptions> = {}): Panel {
  return new Panel({ prompt: judges, image: [] }, { rule: 'any', retryDelayMs: 0, ...options });
}

describe('Panel', () => {
  it('gathers what is asked at once into batches, and gives each asker its own answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string(), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 4 }),
        async (texts, batchSize, concurrency) => {
          let running = 0;
          let most = 0;
          const { judge, calls } = judgeOf(
            async (subjects, signal) => {
              most = Math.max(most, ++running);
              await new Promise(setImmediate);
              running--;
              return byText(subjects, signal);
            },
            { batchSize, concurrency },
          );
          const panel = panelOf([judge]);
          const verdicts = await Promise.all(texts.map((text) => panel.judgePrompt(text, 'weather')));
          expect(verdicts.map(({ rows }) => rows.map(({ label }) => label))).toEqual(
            texts.map((text) => [text]),
          );
          expect(calls).toHaveLength(Math.ceil(texts.length / batchSize));
          expect(Math.max(...calls)).toBeLessThanOrEqual(batchSize);
          expect(most).toBeLessThanOrEqual(concurrency);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('goes on taking subjects that arrive while the judge is busy', async () => {
    const { judge, calls } = judgeOf(async (subjects, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return byText(subjects, signal);
    });
    const panel = panelOf([judge]);
    const first = panel.judgePrompt('one', 'weather');
    await new Promise(setImmediate);
    const second = panel.judgePrompt('two storms', 'weather');
    expect([(await first).combined, (await second).combined]).toEqual(['safe', 'unsafe']);
    expect(calls).toEqual([1, 1]);
  });

  it('gives a row a judge in the order of the configuration, ready to be stored', async () => {
    const scored = judgeOf(async () => [{ verdict: 'unsafe', score: 0.75, found: ['storm'] }], {
      name: 'one',
    });
    const plain = judgeOf(async () => [{ verdict: 'safe' }], { name: 'two' });
    const panel = panelOf([scored.judge, plain.judge]);
    expect(await panel.judgePrompt('a storm', 'weather')).toEqual({
      combined: 'unsafe',
      rows: [
        {
          subject: 'prompt',
          number: 0,
          judge: 'one',
          verdict: 'unsafe',
          score: 0.75,
          label: null,
          found: ['storm'],
        },
        {
          subject: 'prompt',
          number: 0,
          judge: 'two',
          verdict: 'safe',
          score: null,
          label: null,
          found: null,
        },
      ],
      requests: [],
    });
    const strict = panelOf([scored.judge, plain.judge], { rule: 'majority' });
    expect((await strict.judgePrompt('a storm', 'weather')).combined).toBe('safe');
  });

  it('hands an image judge the picture and the place of the image', async () => {
    const seen: string[] = [];
    const judge: ImageJudge = {
      name: 'eye',
      subject: 'image',
      batchSize: 2,
      judge: async (subjects) =>
        subjects.map(({ picture, category }) => {
          seen.push(`${picture.hash} ${category}`);
          return { verdict: 'safe' };
        }),
    };
    const panel = new Panel({ prompt: [], image: [judge] }, { rule: 'any' });
    const verdict = await panel.judgeImage(
      new Picture(new Uint8Array(1), 'abc'),
      'weather',
      'evaluation image',
      3,
    );
    expect(seen).toEqual(['abc weather']);
    expect(verdict.rows).toMatchObject([{ subject: 'evaluation image', number: 3, judge: 'eye' }]);
  });

  it('asks a failing judge again', async () => {
    let fails = 2;
    const { judge, calls } = judgeOf(async (subjects, signal) => {
      if (fails-- > 0) throw new Error('busy');
      return byText(subjects, signal);
    });
    expect((await panelOf([judge]).judgePrompt('sun', 'weather')).combined).toBe('safe');
    expect(calls).toEqual([1, 1, 1]);
  });

  it('never throws: what fails for good is an error verdict with the reason', async () => {
    const coded = Object.assign(new Error('no such model'), { code: 'NOT_FOUND' });
    const cases: readonly [Judging, string, string][] = [
      [() => Promise.reject(coded), 'NOT_FOUND', 'no such model'],
      [() => Promise.reject('only a text'), 'JUDGE_FAILED', 'only a text'],
      [
        () => {
          throw new Error('at once');
        },
        'JUDGE_FAILED',
        'at once',
      ],
      [async () => [], 'WRONG_COUNT', 'The judge test judge gave 0 judgements for 1 subjects.'],
    ];
    for (const [judging, code, message] of cases) {
      const { judge, calls } = judgeOf(judging);
      const other = judgeOf(byText, { name: 'other' });
      const verdict = await panelOf([judge, other.judge]).judgePrompt('sun', 'weather');
      expect(verdict.combined).toBe('error');
      expect(verdict.rows).toMatchObject([
        { verdict: 'error', error: { code, message } },
        { judge: 'other', verdict: 'safe' },
      ]);
      expect(calls).toEqual([1, 1, 1]);
    }
  });

  it('gives an error to every subject of a batch that failed, and to no other', async () => {
    const { judge } = judgeOf(
      async (subjects, signal) => {
        if (subjects.some(({ text }) => text === 'poison')) throw new Error('no');
        return byText(subjects, signal);
      },
      { batchSize: 2 },
    );
    const panel = panelOf([judge], { attempts: 1 });
    const verdicts = await Promise.all(
      ['one', 'two', 'poison', 'four', 'five storms'].map((text) => panel.judgePrompt(text, 'weather')),
    );
    expect(verdicts.map(({ combined }) => combined)).toEqual(['safe', 'safe', 'error', 'error', 'unsafe']);
  });

  it('gives up a judge that does not answer, tells it so, and does not queue its work twice', async () => {
    const signals: AbortSignal[] = [];
    const { judge } = judgeOf((_subjects, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    // The timers of the panel's timeouts keep no process alive by themselves.
    const alive = setInterval(() => undefined, 1_000);
    const verdict = await panelOf([judge], { timeoutMs: 10, attempts: 2 }).judgePrompt('sun', 'weather');
    clearInterval(alive);
    expect(verdict.rows).toMatchObject([
      { verdict: 'error', error: { message: expect.stringMatching(/timeout/i) } },
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('makes errors of judgements that are none, whatever a judge of the user says', async () => {
    const nonsense: Judgement[] = JSON.parse(
      '[null, 5, {}, {"verdict":"maybe"}, {"verdict":"error"}, {"verdict":"error","error":{"code":7,"message":"known"}}]',
    );
    const { judge } = judgeOf(async () => nonsense, { batchSize: 10 });
    const panel = panelOf([judge]);
    const verdicts = await Promise.all(nonsense.map(() => panel.judgePrompt('sun', 'weather')));
    expect(verdicts.flatMap(({ rows }) => rows.map(({ error }) => error?.code))).toEqual([
      'NO_JUDGEMENT',
      'NO_JUDGEMENT',
      'BAD_JUDGEMENT',
      'BAD_JUDGEMENT',
      'BAD_JUDGEMENT',
      '7',
    ]);
    for (const { combined } of verdicts) expect(combined).toBe('error');
  });

  it('makes errors of scores that are none, and of labels that are no text', async () => {
    const given = (score: unknown, more: object = {}): Judgement =>
      Object.assign<Judgement, object>({ verdict: 'unsafe' }, { score, ...more });
    const circular: unknown[] = [];
    circular.push(circular);
    const nonsense = [
      ...[1e39, Number.NaN, Number.POSITIVE_INFINITY, '0.5', -0.1, 1.01, 5n, {}].map((score) => given(score)),
      given(0.5, { label: 7n }),
      given(0.5, { found: circular }),
    ];
    const { judge } = judgeOf(async () => nonsense, { batchSize: 20 });
    const panel = panelOf([judge]);
    const verdicts = await Promise.all(nonsense.map(() => panel.judgePrompt('sun', 'weather')));
    const errors = verdicts.flatMap(({ rows }) => rows.map(({ error }) => error));
    expect(errors.map((error) => error?.code)).toEqual(nonsense.map(() => 'BAD_JUDGEMENT'));
    expect(errors.map((error) => error?.message)).toEqual([
      ...['1e+39', 'NaN', 'Infinity', "'0.5'", '-0.1', '1.01', '5n', '{}'].map(
        (score) => `The judge test judge gave the score ${score}; expected 0 to 1.`,
      ),
      'The judge test judge gave the label 7n; expected a text.',
      expect.stringMatching(/gave the list `found` .*; expected texts\.$/),
    ]);
  });

  it('takes scores near 0, none at all, and what rounding makes of 1', async () => {
    const scores = [0, 1, 1e-50, -1e-9, 1 + 2e-7, null, undefined];
    const { judge } = judgeOf(
      async () =>
        scores.map((score): Judgement => Object.assign<Judgement, object>({ verdict: 'safe' }, { score })),
      { batchSize: 20 },
    );
    const panel = panelOf([judge]);
    const verdicts = await Promise.all(scores.map(() => panel.judgePrompt('sun', 'weather')));
    expect(verdicts.flatMap(({ rows }) => rows.map(({ score }) => score))).toEqual([
      0,
      1,
      1e-50,
      0,
      1,
      null,
      null,
    ]);
  });

  it.each([Number.NaN, 0, -1])(
    'works with a judge whose batch size and concurrency are %d',
    async (number) => {
      const { judge, calls } = judgeOf(byText, { batchSize: number, concurrency: number });
      const panel = panelOf([judge]);
      const verdicts = await Promise.all([panel.judgePrompt('sun', 'x'), panel.judgePrompt('storm', 'x')]);
      expect(verdicts.map(({ combined }) => combined)).toEqual(['safe', 'unsafe']);
      expect(calls).toEqual([1, 1]);
    },
  );
});
