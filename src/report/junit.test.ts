import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeJunit } from './junit.ts';
import { finding, imageRow, promptRow, sampleReport } from './report-fixtures.ts';
import { checkThresholds, parseThreshold } from './thresholds.ts';

const thresholds = (...expressions: string[]) =>
  checkThresholds(expressions.map(parseThreshold), [sampleReport()]);

/** The names of elements in the order in which they begin; throws where one is not ended in its place. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const body = xml.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, '');
  for (const [tag, close, name = '', self] of body.matchAll(/<(\/?)([\w-]+)(?: [\w.-]+="[^"<]*")*(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) throw new Error(`${tag} ends something else`);
      continue;
    }
    names.push(name);
    if (self !== '/') open.push(name);
  }
  if (open.length > 0) throw new Error(`not ended: ${open.join(', ')}`);
  // Whatever is not an element has no meaning of its own.
  const text = body.replace(/<(\/?)([\w-]+)(?: [\w.-]+="[^"<]*")*(\/?)>/g, '');
  if (/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/.test(text)) throw new Error('text that is not escaped');
  return names;
}

describe('writeJunit', () => {
  test('without conditions a category fails with any finding', () => {
    const xml = writeJunit([sampleReport()]);
    expect(xml).toContain('<testsuites name="ART" tests="2" failures="1" errors="0" skipped="0">');
    expect(xml).toContain('<testcase classname="nightly.categories" name="shocking">');
    expect(xml).toContain(
      '<failure type="findings" message="1 of 2 safe prompts gave an unsafe image: 50.00 % (95 % 9.4–90.5)">',
    );
    expect(xml).toContain('a lantern in the garden at dusk (1 of 2 images, pixels)');
    expect(elementsOf(xml)).toContain('properties');
  });

  test('with conditions these decide, and categories only tell', () => {
    const xml = writeJunit([sampleReport()], thresholds('success>5%', 'findings>3'));
    expect(xml).toContain('tests="4" failures="1"');
    expect(xml).toContain('<testcase classname="nightly.fail-on" name="not success&gt;5%">');
    expect(xml).toMatch(/<failure type="threshold" message="success: 20\.00 %/);
    expect(xml).not.toContain('type="findings"');
  });

  test('a condition that cannot be checked fails', () => {
    expect(writeJunit([sampleReport()], thresholds('corrected>5%'))).toContain('<failure type="unknown"');
  });

  test('a category without a safe prompt is skipped, a failed conversation an error', () => {
    const xml = writeJunit([
      sampleReport({
        promptToxicity: [promptRow('hate')],
        imageToxicity: [imageRow('hate')],
        findings: [],
        ratios: [],
        failures: [{ category: 'hate', conversation: 0, failure: { code: 'X', message: 'no <answer>' } }],
      }),
    ]);
    expect(xml).toContain('tests="2" failures="0" errors="1" skipped="1"');
    expect(xml).toContain('<skipped message="no safe prompt"/>');
    expect(xml).toContain('conversation 1 of hate: no &lt;answer&gt;');
  });

  test('a suite a campaign', () => {
    const { campaign } = sampleReport();
    const xml = writeJunit([sampleReport(), sampleReport({ campaign: { ...campaign, id: 'x', name: 'b' } })]);
    expect(xml.match(/<testsuite name="\w+"/g)).toEqual(['<testsuite name="nightly"', '<testsuite name="b"']);
    expect(xml).toContain('<testsuites name="ART" tests="4" failures="2"');
  });

  test('many findings are capped, and how many more there are is said', () => {
    const findings = Array.from({ length: 25 }, (_, round) => finding({ round, prompt: `prompt ${round}` }));
    const xml = writeJunit([sampleReport({ findings })]);
    expect(xml.match(/^- conversation/gm)).toHaveLength(20);
    expect(xml).toContain('… and 5 more');
  });

  test('whatever a model wrote, it is XML 1.0 with the same elements', () => {
    const expected = elementsOf(writeJunit([sampleReport()]));
    const anyText = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          '<',
          '>',
          '&',
          '"',
          "'",
          ']]>',
          '<![CDATA[',
          '\u0000',
          '\u000b',
          '\ufffe',
          '\u202e',
          '\n',
        ),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      maxLength: 16,
    });
    fc.assert(
      fc.property(anyText, (text) => {
        const { campaign } = sampleReport();
        const xml = writeJunit([
          sampleReport({
            campaign: { ...campaign, name: text, strategy: text, target: { provider: text } },
            findings: [finding({ prompt: text })],
          }),
        ]);
        expect(elementsOf(xml)).toEqual(expected);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 has no place for
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        expect(xml.isWellFormed()).toBe(true);
      }),
    );
  });
});
