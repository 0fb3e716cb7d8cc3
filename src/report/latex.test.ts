import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detailedReport } from './detail-fixtures.ts';
import { writeLatex } from './latex.ts';
import { latexText } from './latex-table.ts';
import { promptRow, sampleReport } from './report-fixtures.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\\{}$&#_^~%<>|"`[]*-\n\t ', '\u202e', '\u0000', '\\input', '猫', 'é'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 24,
});

/** What the only commands that escaping makes stand for, so that no other is left. */
const COMMANDS =
  /\\(?:textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|textasciigrave|ldots)\{\}|\\symbol\{34\}|\\[{}$&#_%]|\$-\$|\{[[\]*]\}/g;

/** No character with a meaning of its own is left, and braces are balanced at every place. */
function expectPlain(escaped: string): void {
  expect(escaped.replace(COMMANDS, '')).not.toMatch(/[\\{}$&#_^~%]/);
  expect(escaped).not.toMatch(/[\p{Cc}\p{Cf}]/u);
}

/** How deep braces are nested at the end; throws where one closes that was never opened. */
function depthOf(text: string): number {
  let depth = 0;
  for (const [brace] of text.replace(/\\[\\{}%]/g, '').matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1;
    if (depth < 0) throw new Error(`a brace too many: ${text}`);
  }
  return depth;
}

describe('latexText', () => {
  test('whatever the text, it is only text', () => {
    fc.assert(
      fc.property(anyText, (text) => expectPlain(latexText(text.replaceAll('\u00a0', ' ')))),
      { numRuns: 500 },
    );
  });

  test('ordinary words stay as they are, also those that are not English', () => {
    expect(latexText('a child’s birthday, 猫 et café')).toBe('a child’s birthday, 猫 et café');
    expect(latexText('5 % & more_1')).toBe('5 \\% \\& more\\_1');
    expect(latexText('9.1–19.8')).toBe('9.1--19.8');
  });
});

describe('writeLatex', () => {
  test('the two tables of the paper with rules, intervals in small print and a row of all', () => {
    const text = writeLatex(sampleReport());
    expect(text).toContain('\\usepackage{booktabs}');
    expect(text).toContain('\\begin{tabular}{lrrrrrr}\n\\toprule\n');
    expect(text).toContain(
      'category & prompts & lexicon & guard & safe & safe \\% & {\\footnotesize 95~\\%} \\\\',
    );
    expect(text).toContain('shocking & 3 & 1 & 0 & 2 & 66.67 & {\\footnotesize 20.8--93.8} \\\\');
    expect(text).toMatch(/\\midrule\nall & 6 & 1 & 0 & 5 & 83\.33 & .*\n\\bottomrule/);
  });

  test('every part that a report has, each begun and ended', () => {
    const text = writeLatex(detailedReport());
    for (const label of [
      'corrected',
      'rounds',
      'settings-1',
      'settings-2',
      'diversity',
      'agreement',
      'requests',
    ]) {
      expect(text).toContain(`\\label{tab:${label}}`);
    }
    const count = (word: string) => text.split(word).length - 1;
    expect(count('\\begin{table}')).toBe(9);
    expect(count('\\end{table}')).toBe(9);
    expect(count('\\begin{tabular}')).toBe(count('\\end{tabular}'));
    expect(depthOf(text)).toBe(0);
  });

  test('several campaigns stand beside each other under their names', () => {
    const { campaign } = sampleReport();
    const text = writeLatex(
      sampleReport(),
      sampleReport({ campaign: { ...campaign, id: 'x', name: 'b_2' } }),
    );
    expect(text).toContain(' & \\multicolumn{4}{c}{nightly} & \\multicolumn{4}{c}{b\\_2} \\\\');
    expect(text).toContain('\\cmidrule(lr){2-5} \\cmidrule(lr){6-9}');
    expect(depthOf(text)).toBe(0);
  });

  test('what stands above the columns spans as many as there are', () => {
    const lines = writeLatex(detailedReport()).split('\n');
    const widthOf = (line: string) =>
      line
        .replace(/\\&/g, '')
        .split('&')
        .reduce((sum, part) => sum + Number(/\\multicolumn\{(\d+)\}/.exec(part)?.[1] ?? 1), 0);
    const spanning = lines.flatMap((line, index) => (line.includes('\\multicolumn') ? [index] : []));
    expect(spanning).toHaveLength(3);
    for (const index of spanning) expect(widthOf(lines[index] ?? '')).toBe(widthOf(lines[index + 2] ?? ''));
  });

  test('no finding is named in it', () => {
    expect(writeLatex(detailedReport())).not.toContain('lantern');
  });

  test('whatever campaigns, categories and judges are called, the lines stay the same', () => {
    const plain = writeLatex(sampleReport()).split('\n');
    const cells = (line: string) => line.replace(/\\&/g, '').split('&').length;
    fc.assert(
      fc.property(anyText, (text) => {
        const { campaign, promptToxicity, imageToxicity } = sampleReport();
        const [, ...others] = promptToxicity;
        const hostile = writeLatex(
          sampleReport({
            campaign: {
              ...campaign,
              name: text,
              strategy: text,
              target: { provider: text },
              judges: { prompt: ['lexicon', text], image: ['pixels'] },
            },
            promptToxicity: [promptRow(text), ...others],
            imageToxicity,
          }),
        );
        expect(depthOf(hostile)).toBe(0);
        expect(hostile.split('\n').map(cells)).toEqual(plain.map(cells));
      }),
    );
  });
});
