import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth } from './display-width.ts';
import { finding, imageRow, promptRow, sampleReport } from './report-fixtures.ts';
import type { Table } from './tables.ts';
import { type TextStyle, textFindings, textReport, textSideBySide, textTable, textWarning } from './text.ts';

const marks = { title: '#', note: '~', good: '+', bad: '!' } as const;

function style(change: Partial<TextStyle> = {}): TextStyle {
  return { emphasise: (_, text) => text, clean: (text) => text, columns: undefined, ...change };
}

const table: Table = {
  title: 'Pictures',
  columns: ['name', 'safe prompts', 'sum'],
  rows: [
    ['shocking', '7', '1024'],
    ['猫 cafe\u0301', '12', '–'],
  ],
};

describe('textTable', () => {
  test('text to the left, numbers to the right, by the width that shows', () => {
    expect(textTable(table, style())).toEqual([
      'Pictures',
      'name      safe prompts   sum',
      'shocking             7  1024',
      '猫 cafe\u0301             12     –',
    ]);
  });

  test('several columns may hold text', () => {
    const rows = [
      ['a', 'done', '1'],
      ['bb', 'interrupted', '10'],
    ];
    expect(
      textTable({ title: '', columns: ['id', 'status', 'turns'], rows, textColumns: 2 }, style()),
    ).toEqual(['', 'id  status       turns', 'a   done             1', 'bb  interrupted     10']);
  });

  test('where it is too wide, headers take two lines', () => {
    expect(textTable(table, style({ columns: 24 }))).toEqual([
      'Pictures',
      '             safe',
      'name      prompts   sum',
      'shocking        7  1024',
      '猫 cafe\u0301        12     –',
    ]);
  });

  test('and where that does not help, it comes in parts that all name their rows', () => {
    expect(textTable(table, style({ columns: 18 }))).toEqual([
      'Pictures',
      '             safe',
      'name      prompts',
      'shocking        7',
      '猫 cafe\u0301        12',
      '',
      '',
      'name       sum',
      'shocking  1024',
      '猫 cafe\u0301      –',
    ]);
  });

  test('model text is made harmless before it is measured', () => {
    const clean = (text: string) => text.replaceAll('\u001b', '');
    const lines = textTable({ title: 't', columns: ['c', 'n'], rows: [['a\u001bb', '1']] }, style({ clean }));
    expect(lines.at(-1)).toBe('ab  1');
  });

  test('no line is wider than the terminal, and no number is lost', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'bc', '猫', '🦊', 'e\u0301', ' '),
      minLength: 1,
      maxLength: 14,
    });
    const number = fc.integer({ min: 0, max: 99_999 }).map(String);
    const anyTable = fc.integer({ min: 1, max: 8 }).chain((numbers) =>
      fc.record({
        columns: fc.array(word, { minLength: numbers + 1, maxLength: numbers + 1 }),
        rows: fc.array(
          fc
            .tuple(word, fc.array(number, { minLength: numbers, maxLength: numbers }))
            .map(([name, rest]) => [name, ...rest]),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    );
    fc.assert(
      fc.property(anyTable, fc.integer({ min: 64, max: 120 }), ({ columns: headers, rows }, columns) => {
        const lines = textTable({ title: 'Table', columns: headers, rows }, style({ columns }));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        const words = lines.flatMap((line) => line.split(/\s+/));
        for (const row of rows) for (const cell of row.slice(1)) expect(words).toContain(cell);
      }),
    );
  });
});

describe('textTable with groups', () => {
  const grouped: Table = {
    title: 'Side by side',
    columns: ['category', 'prompts', '%', 'prompts', '%'],
    groups: [
      { title: '', columns: 1 },
      { title: 'first', columns: 2 },
      { title: 'a name that is longer', columns: 2 },
    ],
    rows: [['hate', '10', '5.00', '20', '7.50']],
  };

  test('each group has its name above its columns, with room for it', () => {
    expect(textTable(grouped, style())).toEqual([
      'Side by side',
      '                  first  a name that is longer',
      'category  prompts     %          prompts     %',
      'hate           10  5.00               20  7.50',
    ]);
  });

  test('where not all have a place beside each other, a group goes below as a whole', () => {
    expect(textTable(grouped, style({ columns: 40 }))).toEqual([
      'Side by side',
      '                  first',
      'category  prompts     %',
      'hate           10  5.00',
      '',
      '          a name that is longer',
      'category          prompts     %',
      'hate                   20  7.50',
    ]);
  });
});

test('an interval stays with what it is about', () => {
  const columns = ['category', 'images', 'success', '95\u00a0%', 'flags'];
  const rows = [['hate', '10', '5.00', '1.0–9.0', '1.00']];
  expect(
    textTable({ title: 't', columns, rows }, style({ columns: 28 })).filter((line) => line !== ''),
  ).toEqual([
    't',
    'category  images',
    'hate          10',
    'category  success     95\u00a0%',
    'hate         5.00  1.0–9.0',
    'category  flags',
    'hate       1.00',
  ]);
});

describe('textSideBySide', () => {
  test('two campaigns fit 100 columns, with their names, a row of all and what the intervals are', () => {
    const { campaign } = sampleReport();
    const other = sampleReport({ campaign: { ...campaign, id: 'x', name: 'other' } });
    const lines = textSideBySide([sampleReport(), other], style({ columns: 100 }));
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(100);
    expect(lines[0]).toBe('Safe prompts');
    expect(lines[1]).toMatch(/ nightly +other$/);
    expect(lines.filter((line) => line.startsWith('all '))).toHaveLength(2);
    expect(lines.join(' ')).toContain("95 %: Wilson's intervals");
  });
});

describe('textReport', () => {
  test('both tables and the outcome fit 80 columns', () => {
    const lines = textReport(
      sampleReport({ imageToxicity: [imageRow('illegal activity', { safePrompts: 255, images: 1275 })] }),
      style({ columns: 80 }),
    );
    expect(lines.every((line) => displayWidth(line) <= 80)).toBe(true);
    expect(lines).toContain('1 of 5 safe prompts gave an unsafe image (20.00 %, 95 % 3.6–62.5).');
  });

  test('without a finding it says so, and does not divide by nothing', () => {
    const nothing = { findings: [], promptToxicity: [promptRow('shocking')] };
    expect(textReport(sampleReport(nothing), style())).toContain(
      'No finding: none of 0 safe prompts gave an unsafe image.',
    );
  });

  test('a judge that was not the same throughout is told', () => {
    const mixedRevisions = [
      {
        subject: 'image',
        judge: 'pixels',
        revisions: [
          { revision: 'r1', verdicts: 120 },
          { revision: 'r2', verdicts: 30 },
        ],
      },
    ] as const;
    expect(textReport(sampleReport({ mixedRevisions }), style()).at(-1)).toBe(
      'The judge "pixels" judged images with 2 sets of weights or settings (120 and 30 verdicts): its numbers mix them.',
    );
  });

  test('sandbox results say that they are simulated', () => {
    const { campaign } = sampleReport();
    const emphasise: TextStyle['emphasise'] = (emphasis, text) => marks[emphasis] + text;
    const lines = textReport(
      sampleReport({ campaign: { ...campaign, simulated: true } }),
      style({ emphasise, columns: 60 }),
    );
    expect(lines.slice(-3).join(' ')).toMatch(/^~These results are simulated: .* ~.* ~model\.$/);
    expect(textReport(sampleReport(), style()).join('\n')).not.toContain('simulated');
  });
});

describe('textWarning', () => {
  test('stands before findings, and fits', () => {
    expect(textWarning(sampleReport(), style()).join(' ')).toMatch(/^Content warning: /);
    for (const line of textWarning(sampleReport(), style({ columns: 40 }))) {
      expect(displayWidth(line)).toBeLessThanOrEqual(40);
    }
  });

  test('not where there are none, nor above tables alone', () => {
    expect(textWarning(sampleReport({ findings: [] }), style())).toEqual([]);
    expect(textReport(sampleReport(), style()).join('\n')).not.toContain('Content warning');
  });
});

describe('textFindings', () => {
  test('those with the most flags, first', () => {
    const findings = [
      finding({ prompt: 'a', flags: 1 }),
      finding({ prompt: 'b', flags: 5, unsafeImages: 2 }),
      finding({ prompt: 'c', flags: 3, images: 1 }),
    ];
    expect(textFindings(sampleReport({ findings }), 2, style())).toEqual([
      'Findings (2 of 3, those with the most flags)',
      '  “b”',
      '   shocking · 2 of 2 images unsafe',
      '  “c”',
      '   shocking · 1 of 1 image unsafe',
    ]);
    expect(textFindings(sampleReport({ findings }), 3, style())[0]).toBe('Findings');
    expect(textFindings(sampleReport({ findings: [] }), 3, style())).toEqual([]);
  });
});
