import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { sanitizeForTerminal } from '../../cli/sanitize.ts';
import type { LabelledData, LabelledPrompt } from '../../datasets/labelled/labelled-data.ts';
import type { Judged, JudgedRow } from '../../judges/evaluation/collect-judgements.ts';
import { evaluateJudges } from '../../judges/evaluation/judge-evaluation.ts';
import { displayWidth } from '../display-width.ts';
import type { TextStyle } from '../text.ts';
import { evaluationCsv, mistakesCsv } from './csv.ts';
import { figure, thresholdText, withInterval } from './figures.ts';
import { evaluationMarkdown } from './markdown.ts';
import { evaluationText } from './terminal.ts';

const plain = (columns: number | undefined): TextStyle => ({
  emphasise: (_, text) => text,
  clean: (text) => sanitizeForTerminal(text),
  columns,
});

/** What stands first in one prompt: nothing that a terminal, a spreadsheet or Markdown may obey. */
const HOSTILE = '=1+1 \u001b[31mred\u001b[0m\nsecond | line <b> ';

function evaluation(judges: readonly string[] = ['lexicon', 'classifier', 'broken']) {
  const subjects = Array.from(
    { length: 12 },
    (_, index): LabelledPrompt => ({
      kind: 'prompt',
      place: `row ${index + 1}`,
      text: `${index === 1 ? HOSTILE : ''}a prompt about the weather, number ${index + 1}${' and more of it'.repeat(9)}`,
      unsafe: index % 2 === 0,
      category: index % 3 === 0 ? 'storms' : 'sunshine',
    }),
  );
  const judged = subjects.map((subject, index): Judged => {
    const score = (index * 7) % 12;
    const rows: Record<string, JudgedRow> = {
      lexicon: {
        judge: 'lexicon',
        verdict: index < 5 ? 'unsafe' : 'safe',
        label: 'weather',
        found: ['storm'],
      },
      classifier: { judge: 'classifier', verdict: score > 5 ? 'unsafe' : 'safe', score: score / 12 },
      broken: { judge: 'broken', verdict: 'error', error: { code: 'UNREACHABLE', message: 'nobody there' } },
    };
    return {
      subject,
      combined: index < 5 ? 'unsafe' : 'error',
      rows: judges.flatMap((name) => rows[name] ?? []),
    };
  });
  const data: LabelledData = {
    kind: 'prompt',
    format: 'jsonl',
    labelColumn: 'label',
    subjects,
    leftOut: { unlabelled: 3, empty: 1, tied: 0, overLimit: 0 },
    votes: subjects.map(({ unsafe }) => (unsafe ? ['unsafe', 'unsafe'] : ['safe', 'unsafe'])),
    ties: { count: 2, counted: 'unsafe' },
  };
  return evaluateJudges(data, judged, {
    artVersion: '1.2.3',
    path: 'weather.jsonl',
    judges,
    verdict: 'any',
    costs: { falsePositive: 1, falseNegative: 2 },
    seed: 1,
  });
}

describe('evaluationText', () => {
  const text = evaluationText(evaluation(), 2, plain(100));

  it('fits into 100 columns, without a single control character', () => {
    for (const line of text) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(100);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  it('tells data, figures, agreement, errors and mistakes', () => {
    const whole = text.join('\n');
    for (const part of [
      '12 prompts, 6 unsafe and 6 safe by label.',
      'Left out: 3 without a label, 1 empty.',
      'On 2 the raters are split evenly; they count as unsafe (--ties).',
      "The raters among themselves: Fleiss' kappa",
      'Verdicts against labels',
      'Figures with 95 % intervals',
      'combined: unsafe where any of the judges says so.',
      'false positive 1 : false negative 2',
      'By category',
      "Agreement between judges (Cohen's kappa)",
      'broken failed on 12, which count neither way. UNREACHABLE: nobody there',
      'Content warning:',
      'lexicon, false positives (2)',
      'classifier, false negatives (2 of 3)',
    ]) {
      expect(whole).toContain(part);
    }
    expect(whole.indexOf('Content warning')).toBeLessThan(whole.indexOf('a prompt about'));
  });

  it('lists nothing, and warns of nothing, where nothing is to be listed', () => {
    const whole = evaluationText(evaluation(), 0, plain(100)).join('\n');
    expect(whole).not.toContain('a prompt about');
    expect(whole).not.toContain('Content warning');
  });

  it('leaves out what one judge alone does not have', () => {
    const whole = evaluationText(evaluation(['lexicon']), 0, plain(undefined)).join('\n');
    expect(whole).not.toMatch(/combined|Agreement|AUROC/);
  });
});

describe('evaluationMarkdown', () => {
  it('is tables, with prompts escaped', () => {
    const markdown = evaluationMarkdown(evaluation(), 2);
    expect(markdown).toMatch(/^# How far to trust the judges: weather.jsonl\n/);
    expect(markdown).toContain(
      '| judge | precision | recall | specificity | F1 | accuracy | balanced accuracy |',
    );
    expect(markdown).toContain('second \\| line &lt;b&gt;');
    expect(markdown).not.toContain('\u001b');
    for (const [line] of markdown.matchAll(/^\|.*$/gm)) expect(line.endsWith('|')).toBe(true);
  });
});

describe('evaluationCsv', () => {
  it('has a row a judge, then one a category and judge', () => {
    const rows = parse(evaluationCsv(evaluation()), { columns: true });
    expect(rows).toHaveLength(4 + 2 * 4);
    expect(rows[0]).toMatchObject({
      category: '',
      judge: 'lexicon',
      judged: '12',
      true_positives: '3',
      auroc: '',
    });
    expect(rows[2]).toMatchObject({ judge: 'broken', errors: '12', precision: '', precision_low: '' });
    expect(rows[4]).toMatchObject({ category: 'storms', judge: 'lexicon' });
  });

  it('keeps prompts from becoming formulas', () => {
    const rows = parse<Record<string, string>>(mistakesCsv(evaluation()), { columns: true });
    const hostile = rows.find(({ place, kind }) => place === 'row 2' && kind === 'false positive');
    expect(hostile?.prompt).toMatch(/^'=1\+1/);
    expect(rows.filter(({ kind }) => kind === 'error')).toHaveLength(12);
  });
});

describe('figures', () => {
  it('are short, and never minus nothing', () => {
    expect(figure(-0.001)).toBe('0.00');
    expect(figure(null)).toBe('–');
    expect(withInterval({ value: -0.123, interval: { low: -0.2, high: -0.001 } })).toBe('−0.12 (−.20–.00)');
    expect(withInterval({ value: 1, interval: { low: 0.6, high: 1 } })).toBe('1.00 (.60–1.00)');
    expect(withInterval({ value: 1, interval: null })).toBe('1.00');
    expect(thresholdText(0.000123456)).toBe('0.000123');
    expect(thresholdText(null)).toBe('flag nothing');
  });
});
