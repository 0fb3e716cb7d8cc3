import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detailedReport } from './detail-fixtures.ts';
import { writeMarkdown } from './markdown.ts';
import { escapeMarkdown } from './markdown-table.ts';
import { finding, promptRow, sampleReport } from './report-fixtures.ts';

/** What a model, a server or a file might say to become more than text. */
const INJECTIONS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<a href="https://example.com">x</a>',
  '<!-- hidden -->',
  '<?php x ?>',
  '<![CDATA[x]]>',
  '<https://example.com>',
  '<me@example.com>',
  '</td></tr></table><b>x',
  '&lt;script&gt;',
  '&#60;b&#62;',
  '&nbsp;&copy;',
  '[x](https://example.com)',
  '[x](javascript:alert(1))',
  '![x](https://example.com/a.png)',
  '[x][1]',
  '[1]: https://example.com',
  '[^1]',
  '![][img]',
  'https://example.com',
  'HTTP://EXAMPLE.com/a?b=c',
  'ftp://example.com',
  'www.example.com',
  '_www.example.com',
  '*WWW.example.com',
  '(www.example.com)',
  'me@example.com',
  'mailto:me@example.com',
  '@somebody, look',
  '#123',
  'a | b',
  'a \\| b',
  '||||',
  '\\',
  '\\\\|',
  'a\nb',
  'a\r\n\r\n# b',
  'a\u2028b',
  'a\u2029b',
  '\n| x | y |\n| --- | --- |',
  '```js\nx\n```',
  '~~~\nx',
  '`code`',
  '`` ` ``',
  '*em* **strong** _em_ __strong__ ~~gone~~',
  '\\*em\\*',
  '$x$ $$y$$',
  '\u202eabc\u202c',
  '\u2066abc\u2069',
  'a\u200bb',
  'a\u0000b',
  'a\u001b[31mred',
  '\u001b]8;;https://example.com\u0007x',
  '\ufeffx',
  '\ud800',
  '\u{e0041}x',
];

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ...'\\`*_{}[]()#+-.!|~<>&$@:/\n\r\t"\'=w',
      '://',
      'www.',
      '\u202e',
      '\u200b',
      '\u2028',
      '\u001b',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 24,
});

/**
 * No parser of Markdown is needed to know that text stays text: each character that could begin
 * something is escaped, what links by itself is held apart, and it reads as it did.
 */
function expectPlainText(text: string): void {
  const escaped = escapeMarkdown(text);
  const bare = escaped.replace(/\\[\\`*_[\]#!|~$]/g, '').replace(/&(?:amp|lt|gt);/g, '');
  expect(bare).not.toMatch(/[\\`*_[\]#!|~$<>&]/);
  expect(escaped).not.toMatch(/:\/\/|www\.|@[^\u200b]|@$/i);
  expect(escaped.replaceAll('\u200b', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(escaped.isWellFormed()).toBe(true);

  const read = escaped
    .replaceAll('\u200b', '')
    .replace(/\\([\\`*_[\]#!|~$])/g, '$1')
    .replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>' })[String(name)] ?? '');
  expect(read).toBe(
    text
      .toWellFormed()
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
      .trim(),
  );
}

describe('escapeMarkdown', () => {
  test.each(INJECTIONS)('%j stays text', (text) => {
    expectPlainText(text);
  });

  test('and so does whatever else', () => {
    fc.assert(fc.property(anyText, expectPlainText), { numRuns: 500 });
  });

  test('ordinary prompts stay readable', () => {
    for (const prompt of ["a child's birthday party (outdoors), soft light", 'self-harm', '35 mm; f/2.8']) {
      expect(escapeMarkdown(prompt)).toBe(prompt);
    }
  });
});

describe('writeMarkdown', () => {
  test('notices first, then the tables, then the findings', () => {
    const text = writeMarkdown(sampleReport());
    expect(text.match(/^(?:#+ |> Content).*/gm)).toEqual([
      '# nightly',
      expect.stringContaining('> Content warning'),
      '## Prompt toxicity',
      '## Image toxicity (safe prompts only)',
      '## Diversity (1 − similarity)',
      '## Findings (1)',
    ]);
    expect(text).toContain('| shocking | 3 | 1 | 0 | 2 | 66.67 |');
    expect(text).toContain('| shocking | a lantern in the garden at dusk | pixels | 77 | 1 of 2 |');
    expect(text).toContain(
      '| category | prompt | flagged by | seeds | unsafe images |\n| --- | --- | --- | --- | ---: |',
    );
  });

  test('intervals beside the ratios, a row of all, and which intervals they are', () => {
    const text = writeMarkdown(sampleReport());
    expect(text).toContain('| shocking | 3 | 1 | 0 | 2 | 66.67 | 20.8–93.8 |');
    expect(text).toContain('| all | 5 | 10 | 1 | 1 | 20.00 | 3.6–62.5 | 1.00 |');
    expect(text).toContain("95 %: Wilson's intervals; for success on the effective number of prompts.");
  });

  test("a star marks Wilson's interval among bootstrapped ones, and a note says so", () => {
    const { ratios } = sampleReport();
    const bootstrapped = ratios.map((row) =>
      row.category === null && row.success.interval !== null
        ? {
            ...row,
            success: {
              ...row.success,
              interval: { ...row.success.interval, method: 'cluster-bootstrap' as const },
            },
          }
        : row,
    );
    const text = writeMarkdown(sampleReport({ ratios: bootstrapped }));
    expect(text).toContain('| 50.00 | 9.4–90.5\\* |');
    expect(text).toContain('| 20.00 | 3.6–62.5 |');
    expect(text).toContain("\\*: Wilson's on the effective number");
  });

  test('everything else that a report has, each under its heading', () => {
    const text = writeMarkdown(detailedReport());
    expect(text.match(/^##+ .*/gm)).toEqual([
      '## Prompt toxicity',
      '## Image toxicity (safe prompts only)',
      "## Corrected for the judges' errors",
      '## Success over rounds',
      '## Success by guidance scale',
      '## Success by size',
      '## Diversity (1 − similarity)',
      '## Agreement of the judges',
      '## Review',
      '### Reviewers against the verdict',
      '### Reviewers against each other',
      '## Requests',
      '## Findings (1)',
    ]);
    expect(text).toContain('| 7.5 (its own) | 10 | 83.33 | 20.00 | 1.0–62.0 | 20.00 | 20.00 |');
    expect(text).toContain('| target | 1,234 | 1,240 | 812 | 1,500 | 3,000 | 4.3 | 2.47 USD |');
    expect(text).toContain('A finding took 1,234 requests, 2 h 05 min and 2.47 USD.');
    expect(text).toContain('The target refused 1 prompt and 3 evaluation images.');
    expect(text).toContain(
      'Corrected for the errors that labels.csv showed of pixels, 25.50 % (95 % 5.0–58.0)',
    );
    expect(text).toContain('22 labels by 2 reviewers.');
    expect(text).toContain('| prompts | lexicon | guard | 6 | 83.33 | 43.6–97.0 | −0.12 | −0.40 to 0.16 |');
  });

  test('how to get the diversity that was not computed; nothing where it was', () => {
    const missing = sampleReport({ diversity: [{ category: 'shocking', selfBleu: 0.2, cosSim: null }] });
    expect(writeMarkdown(missing)).toContain('or run: art embed 20260102-030405-abcd');
    expect(writeMarkdown(sampleReport())).not.toContain('art embed');
  });

  test('errors counted as published are told', () => {
    expect(writeMarkdown(sampleReport({ errors: 'as-published' }))).toContain(
      '> Errors of judges are counted as the published code of the paper does',
    );
  });

  test('several campaigns: what they are, then their ratios beside each other', () => {
    const { campaign } = sampleReport();
    const text = writeMarkdown(
      sampleReport(),
      sampleReport({
        campaign: { ...campaign, id: 'x', name: 'a|b', judges: { prompt: [], image: ['eyes'] } },
      }),
    );
    expect(text.match(/^##? .*/gm)).toEqual([
      '# 2 campaigns side by side',
      '## Campaigns',
      '## Safe prompts',
      '## Success (safe prompts that gave an unsafe image)',
      '## Prompts flagged',
      '## Images flagged (safe prompts only)',
      '## Diversity (1 − similarity)',
    ]);
    expect(text).toContain('| category | nightly: lexicon | nightly: guard |');
    expect(text).toContain('a\\|b: eyes');
    expect(text).toContain('| shocking | 2 | 1 | 50.00 | 9.4–90.5 | 2 | 1 | 50.00 | 9.4–90.5 |');
  });

  test('sandbox results say that they are simulated, before anything else', () => {
    const { campaign } = sampleReport();
    const simulated = writeMarkdown(sampleReport({ campaign: { ...campaign, simulated: true } }));
    expect(simulated.split('\n\n')[1]).toMatch(/^> These results are simulated/);
    expect(writeMarkdown(sampleReport())).not.toContain('simulated');
  });

  test('errors stand beside the numbers that they touch', () => {
    const text = writeMarkdown(
      sampleReport({
        promptToxicity: [
          promptRow('shocking', { prompts: 3, errors: { lexicon: 0, guard: 2 }, undetermined: 2, safe: 1 }),
        ],
      }),
    );
    expect(text).toContain('| category | prompts | lexicon | guard | undetermined | safe | safe % |');
    expect(text).toContain('| shocking | 3 | 0 | 0 (2 err) | 2 | 1 | – |');
  });

  test('a judge that was not asked in a category has a dash there', () => {
    const rows = [promptRow('shocking', { prompts: 3, flagged: { lexicon: 1 }, errors: { lexicon: 0 } })];
    expect(writeMarkdown(sampleReport({ promptToxicity: rows }))).toContain(
      '| shocking | 3 | 1 | – | 0 | – |',
    );
  });

  test('an added judge that is not complete is told, with what completes it', () => {
    const incompleteJudges = [{ subject: 'image', judge: 'a*b', judged: 3, subjects: 9 }] as const;
    expect(writeMarkdown(sampleReport({ incompleteJudges }))).toContain(
      '> The judge "a\\*b" has judged 3 of 9 images and is left out; complete it with: art judge 20260102-030405-abcd',
    );
  });

  test('a judge that was not the same throughout is told', () => {
    const mixedRevisions = [
      {
        subject: 'image',
        judge: 'a*b',
        revisions: [
          { revision: 'r1', verdicts: 120 },
          { revision: 'r2', verdicts: 30 },
        ],
      },
    ] as const;
    expect(writeMarkdown(sampleReport({ mixedRevisions }))).toContain(
      '> The judge "a\\*b" judged images with 2 sets of weights or settings (120 and 30 verdicts): its numbers mix them.',
    );
  });

  test('the verdict rule in words, whatever it is', () => {
    const { campaign } = sampleReport();
    const verdict = { prompt: 'any', image: { weights: { 'a|b': 2 }, threshold: 2 } } as const;
    expect(writeMarkdown(sampleReport({ campaign: { ...campaign, verdict } }))).toContain(
      '- verdict: prompts: any of the judges; images: weights a\\|b 2 that reach 2\n',
    );
  });

  test('a failed conversation with its reason', () => {
    const failure = { code: 'TIMEOUT', message: 'no answer\n# in time' };
    const text = writeMarkdown(
      sampleReport({ failures: [{ category: '- shocking', conversation: 1, failure }] }),
    );
    expect(text).toContain('- conversation 2 of - shocking: no answer \\# in time');
  });

  test.each(INJECTIONS)(
    '%j in every place a model or user fills breaks no table and adds no line',
    (text) => {
      const { campaign } = sampleReport();
      const hostile = sampleReport({
        campaign: { ...campaign, name: text, strategy: text, target: { provider: text, model: text } },
        promptToxicity: [promptRow(text)],
        findings: [finding({ category: text, prompt: text })],
        failures: [{ category: text, conversation: 0, failure: { code: 'X', message: text } }],
      });
      const plain = sampleReport({
        promptToxicity: [promptRow('shocking')],
        failures: [{ category: 'shocking', conversation: 0, failure: { code: 'X', message: 'x' } }],
      });
      const lines = writeMarkdown(hostile).split('\n');
      const expected = writeMarkdown(plain).split('\n');
      expect(lines).toHaveLength(expected.length);
      const cells = (line: string) => line.replace(/\\\\|\\\|/g, '').split('|').length;
      expect(lines.map(cells)).toEqual(expected.map(cells));
      expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(
        expected.filter((line) => line.startsWith('|')).length,
      );
    },
  );
});
