import { describe, expect, it } from 'vitest';
import type { LabelledData, LabelledPrompt } from '../../datasets/labelled/labelled-data.ts';
import { collectJudgements, type Judged, type JudgedRow } from './collect-judgements.ts';
import { evaluateJudges } from './judge-evaluation.ts';

const SETTINGS = {
  artVersion: '0',
  path: 'data.csv',
  judges: ['words', 'model'],
  verdict: 'any',
  costs: { falsePositive: 1, falseNegative: 1 },
  seed: 1,
} as const;

function prompts(count: number): LabelledPrompt[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'prompt',
    place: `row ${index}`,
    text: `prompt ${index}`,
    unsafe: index % 2 === 0,
    category: index < count / 2 ? 'weather' : 'animals',
  }));
}

function dataOf(subjects: readonly LabelledPrompt[], votes?: LabelledData['votes']): LabelledData {
  return {
    kind: 'prompt',
    format: 'csv',
    labelColumn: 'label',
    subjects,
    leftOut: { unlabelled: 0, empty: 0, tied: 0, overLimit: 0 },
    ...(votes === undefined ? {} : { votes }),
  };
}

/** What `words` and `model` say of the eight prompts: the one without scores, the other with. */
function judgedEight(): { data: LabelledData; judged: Judged[] } {
  const subjects = prompts(8);
  const words: JudgedRow['verdict'][] = [
    'unsafe',
    'unsafe',
    'safe',
    'safe',
    'unsafe',
    'safe',
    'error',
    'safe',
  ];
  const scores = [0.9, 0.2, 0.6, 0.7, 0.8, 0.1, 0.4, 0.3];
  const judged = subjects.map((subject, index): Judged => {
    const score = scores[index] ?? 0;
    const verdict = words[index] ?? 'error';
    const failed = { error: { code: 'BUSY', message: 'no answer' } };
    const rows: JudgedRow[] = [
      { judge: 'words', verdict, ...(verdict === 'error' ? failed : {}) },
      { judge: 'model', verdict: score >= 0.5 ? 'unsafe' : 'safe', score, label: 'x', found: ['a'] },
    ];
    const flagged = rows.some((row) => row.verdict === 'unsafe');
    return { subject, rows, combined: flagged ? 'unsafe' : verdict === 'error' ? 'error' : 'safe' };
  });
  return { data: dataOf(subjects), judged };
}

describe('evaluateJudges', () => {
  it('counts each judge against the labels, errors aside', () => {
    const { data, judged } = judgedEight();
    const { judges } = evaluateJudges(data, judged, SETTINGS);
    expect(judges.map(({ judge }) => judge)).toEqual(['words', 'model', 'combined']);
    expect(judges[0]).toMatchObject({
      judged: 7,
      errors: 1,
      notAsked: 0,
      matrix: { truePositives: 2, falsePositives: 1, falseNegatives: 1, trueNegatives: 3 },
      ranking: null,
    });
    expect(judges[1]).toMatchObject({
      judged: 8,
      errors: 0,
      matrix: { truePositives: 3, falsePositives: 1, falseNegatives: 1, trueNegatives: 3 },
      precision: { value: 0.75 },
      kappa: { value: 0.5 },
    });
    expect(judges[2]).toMatchObject({ combined: true, judged: 7, errors: 1, ranking: null });
  });

  it('ranks where every verdict has a score', () => {
    const { data, judged } = judgedEight();
    const [, model] = evaluateJudges(data, judged, {
      ...SETTINGS,
      costs: { falsePositive: 1, falseNegative: 3 },
    }).judges;
    expect(model?.ranking?.auroc?.value).toBeCloseTo(14 / 16, 10);
    expect(model?.ranking?.bestThreshold).toMatchObject({
      threshold: 0.4,
      cost: 1,
      matrix: { falseNegatives: 0, falsePositives: 1 },
      recall: { value: 1 },
    });
    expect(model?.ranking?.roc.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
  });

  it('lists mistakes, the surest first, and errors with their reasons', () => {
    const { data, judged } = judgedEight();
    const { mistakes } = evaluateJudges(data, judged, SETTINGS);
    expect(mistakes[0]?.errors).toEqual([
      {
        place: 'row 6',
        text: 'prompt 6',
        category: 'animals',
        error: { code: 'BUSY', message: 'no answer' },
      },
    ]);
    expect(mistakes[1]).toMatchObject({
      falsePositives: [{ place: 'row 3', score: 0.7, label: 'x', found: ['a'] }],
      falseNegatives: [{ place: 'row 6', score: 0.4 }],
    });
  });

  it('does the same for each category, and between judges', () => {
    const { data, judged } = judgedEight();
    const { categories, agreement } = evaluateJudges(data, judged, SETTINGS);
    expect(categories).toMatchObject([
      { category: 'animals', subjects: 4, unsafe: 2, judges: [{ judged: 3, errors: 1 }, {}, {}] },
      { category: 'weather', subjects: 4, unsafe: 2 },
    ]);
    expect(agreement.pairs).toMatchObject([{ judges: ['words', 'model'], subjects: 7 }]);
    expect(agreement.fleiss?.subjects).toBe(7);
  });

  it('tells a judge that was not asked from one that failed', () => {
    const { data, judged } = judgedEight();
    const some = judged.map((one, index) => (index < 3 ? { ...one, rows: one.rows.slice(1) } : one));
    expect(evaluateJudges(data, some, SETTINGS).judges[0]).toMatchObject({
      judged: 4,
      errors: 1,
      notAsked: 3,
    });
  });

  it('has nothing to say of nothing, without NaN', () => {
    const evaluation = evaluateJudges(dataOf([]), [], SETTINGS);
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
    expect(evaluation.judges[0]).toMatchObject({ judged: 0, precision: null, kappa: null, ranking: null });
  });

  it('tells how far the raters agree', () => {
    const votes = [
      ['safe', 'safe'],
      ['unsafe', 'safe'],
      ['unsafe', 'unsafe'],
    ];
    const { raters } = evaluateJudges(dataOf([], votes), [], SETTINGS).data;
    expect(raters).toMatchObject({ subjects: 3, value: expect.closeTo(1 / 3, 10) });
  });
});

describe('collectJudgements', () => {
  it('keeps the order, however the answers come', async () => {
    const subjects = prompts(40);
    const done: number[] = [];
    const judged = await collectJudgements(subjects, {
      ask: async (subject) => {
        for (let turn = 0; turn < subject.place.length % 3; turn++) await new Promise(setImmediate);
        return { combined: 'safe', rows: [{ judge: 'words', verdict: subject.unsafe ? 'error' : 'safe' }] };
      },
      signal: new AbortController().signal,
      onProgress: (count, errors) => done.push(count * 100 + errors),
    });
    expect(judged.map(({ subject }) => subject)).toEqual(subjects);
    expect(done).toHaveLength(40);
    expect(done.at(-1)).toBe(4020);
  });

  it('stops at once when it is told to, also where a judge does not answer', async () => {
    const stop = new AbortController();
    let asked = 0;
    const work = collectJudgements(prompts(2000), {
      ask: () => {
        asked++;
        return new Promise(() => undefined);
      },
      signal: stop.signal,
    });
    stop.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
    expect(asked).toBeLessThan(2000);
  });
});
