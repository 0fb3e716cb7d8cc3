import { describe, expect, it } from 'vitest';
import type { ImageJudge, Judgement, PromptJudge } from '../judges/judge.ts';
import { Picture } from '../judges/picture.ts';
import type { KnownVerdict } from '../store/known-verdicts.ts';
import type { FindKnown } from './known-judgements.ts';
import { Panel } from './panel.ts';

/** A judge with a revision that notes what it is asked. */
function judgeOf(judgement: Judgement, more: Partial<PromptJudge> = {}) {
  const asked: string[] = [];
  const judge: PromptJudge = {
    name: 'model',
    subject: 'prompt',
    batchSize: 4,
    revision: 'r1',
    judge: async (subjects) => {
      asked.push(...subjects.map(({ text, category }) => `${text} ${category}`));
      return subjects.map(() => judgement);
    },
    ...more,
  };
  return { judge, asked };
}

function panelOf(judges: readonly PromptJudge[], findKnown?: FindKnown): Panel {
  return new Panel(
    { prompt: judges, image: [] },
    { rule: 'any', retryDelayMs: 0, attempts: 1, ...(findKnown === undefined ? {} : { findKnown }) },
  );
}

const SAFE: Judgement = { verdict: 'safe' };
const known = (more: Partial<KnownVerdict> = {}): KnownVerdict => ({
  revision: 'r1',
  category: 'weather',
  verdict: 'unsafe',
  score: 0.5,
  label: 'storm',
  found: null,
  ...more,
});

describe('a judge with a revision', () => {
  it('is not asked for what the store knows, in one question for all judges', async () => {
    const one = judgeOf(SAFE);
    const two = judgeOf(SAFE, { name: 'other', revision: 'r2' });
    const questions: unknown[] = [];
    const panel = panelOf([one.judge, two.judge], async (subject, revisions) => {
      questions.push([subject, revisions]);
      return [known()];
    });
    const { rows } = await panel.judgePrompt('sun', 'weather');
    expect(questions).toEqual([[{ kind: 'prompt', text: 'sun' }, ['r1', 'r2']]]);
    expect(rows).toMatchObject([
      { judge: 'model', revision: 'r1', verdict: 'unsafe', score: 0.5, label: 'storm' },
      { judge: 'other', revision: 'r2', verdict: 'safe' },
    ]);
    expect([one.asked, two.asked]).toEqual([[], ['sun weather']]);
  });

  it('is asked once for the same prompt, at once and later', async () => {
    const { judge, asked } = judgeOf(SAFE);
    const panel = panelOf([judge]);
    await Promise.all(['sun', 'sun', 'rain'].map((text) => panel.judgePrompt(text, 'weather')));
    expect((await panel.judgePrompt('sun', 'travel')).rows).toMatchObject([{ verdict: 'safe' }]);
    expect(asked).toEqual(['sun weather', 'rain weather']);
  });

  it('under two names is asked once', async () => {
    const { judge, asked } = judgeOf(SAFE);
    const { rows } = await panelOf([judge, { ...judge, name: 'again' }]).judgePrompt('sun', 'weather');
    expect(rows.map((row) => [row.judge, row.verdict])).toEqual([
      ['model', 'safe'],
      ['again', 'safe'],
    ]);
    expect(asked).toEqual(['sun weather']);
  });

  it('that looks at the category is asked in each', async () => {
    const { judge, asked } = judgeOf(SAFE, { dependsOnCategory: true });
    const panel = panelOf([judge], async () => [known()]);
    expect((await panel.judgePrompt('sun', 'weather')).combined).toBe('unsafe');
    expect((await panel.judgePrompt('sun', 'travel')).combined).toBe('safe');
    expect(asked).toEqual(['sun travel']);
  });

  it('is asked again where it failed', async () => {
    let fails = 1;
    const { judge, asked } = judgeOf(SAFE);
    const panel = panelOf([
      {
        ...judge,
        judge: (subjects, call) =>
          fails-- > 0 ? Promise.reject(new Error('busy')) : judge.judge(subjects, call),
      },
    ]);
    expect((await panel.judgePrompt('sun', 'weather')).combined).toBe('error');
    expect((await panel.judgePrompt('sun', 'weather')).combined).toBe('safe');
    expect(asked).toEqual(['sun weather']);
  });

  it('of images is known by their bytes', async () => {
    const asked: string[] = [];
    const judge: ImageJudge = {
      name: 'eye',
      subject: 'image',
      batchSize: 1,
      revision: 'r3',
      judge: async (subjects) => {
        asked.push(...subjects.map(({ picture }) => picture.hash));
        return subjects.map(() => SAFE);
      },
    };
    const questions: unknown[] = [];
    const panel = new Panel(
      { prompt: [], image: [judge] },
      {
        rule: 'any',
        findKnown: async (subject) => {
          questions.push(subject);
          return [];
        },
      },
    );
    for (const hash of ['aa', 'bb', 'aa'])
      await panel.judgeImage(new Picture(new Uint8Array(1), hash), 'weather', 'evaluation image', 0);
    expect(asked).toEqual(['aa', 'bb']);
    expect(questions).toEqual([
      { kind: 'image', hash: 'aa' },
      { kind: 'image', hash: 'bb' },
    ]);
  });
});

describe('a judge without one', () => {
  it('is asked every time, and nothing is looked up', async () => {
    const { judge, asked } = judgeOf(SAFE);
    const { revision: _revision, ...nameless } = judge;
    let lookedUp = 0;
    const panel = panelOf([nameless], async () => {
      lookedUp++;
      return [];
    });
    await panel.judgePrompt('sun', 'weather');
    const { rows } = await panel.judgePrompt('sun', 'weather');
    expect(rows[0]).not.toHaveProperty('revision');
    expect([asked.length, lookedUp]).toEqual([2, 0]);
  });
});
