import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CampaignProgress } from '../../campaign/progress.ts';
import { cutToWidth, displayWidth } from '../../report/display-width.ts';
import { formatDuration, formatLatency, formatPercent, overallFraction } from './format.ts';
import { endpoint, halfway } from './progress-fixtures.ts';
import { renderFrame } from './render-frame.ts';

const frame = (columns: number, change: Partial<CampaignProgress> = {}, more = {}) =>
  `\n${renderFrame(halfway(change), { columns, color: false, now: 1_068_000, ...more }).join('\n')}\n`;

describe('renderFrame', () => {
  test('wide', () =>
    expect(frame(120)).toMatchInlineSnapshot(`
    "
    ART  sd15-nightly · exploring                                                       1 min 8 s · about 6 min 29 s left
      conversations      ━━━━━━━━━━━━━━━━────────────────        17/35   51 %  1 failed · 912/1,785 turns · 8 running
      evaluation images  ━━━━━━━─────────────────────────  2,023/8,925   22 %  3 failed · 20 refused
      findings  84 safe prompts with an unsafe image · 6 refused

      target        ●●●●       4/4 in flight   1.0 s  2,912 requests  211 waiting   3 retries  3 failed
      writer        ●●●●●●○○   6/8 in flight  312 ms    940 requests
      guide         ●○○○○○○○  1/64 in flight  488 ms    921 requests               12 retries  paused
      judge:nsfwjs  ●          1/1 in flight   52 ms  2,880 requests   12 waiting
    "
  `));
  test('80 columns', () =>
    expect(frame(80)).toMatchInlineSnapshot(`
    "
    ART  sd15-nightly · exploring               1 min 8 s · about 6 min 29 s left
      conversations      ━━━━━━━━━━━───────────        17/35   51 %  1 failed
      evaluation images  ━━━━╸─────────────────  2,023/8,925   22 %  3 failed
      findings  84 safe prompts with an unsafe image · 6 refused

      target         4/4 busy   1.0 s  2,912 requests  211 waiting  3 failed
      writer         6/8 busy  312 ms    940 requests
      guide         1/64 busy  488 ms    921 requests               paused
      judge:nsfwjs   1/1 busy   52 ms  2,880 requests   12 waiting
    "
  `));
  test('narrow', () =>
    expect(frame(45)).toMatchInlineSnapshot(`
    "
    ART  sd15-nig… · exploring  6 min 29 s left
      conversations  ━━━╸───        17/35   51 %
      images         ━╸─────  2,023/8,925   22 %
      findings  84 · 6 refused

      target         4/4 busy   1.0 s  3 failed
      writer         6/8 busy  312 ms
      guide         1/64 busy  488 ms  paused
      judge:nsfwjs   1/1 busy   52 ms
    "
  `));
  test('very narrow', () =>
    expect(frame(40)).toMatchInlineSnapshot(`
      "
      ART  sd15-nightly       6 min 29 s left
        conversations  ━━━━╸────        17/35
        images         ━━───────  2,023/8,925
        findings  84 · 6 refused

        target         4/4 busy   1.0 s
        writer         6/8 busy  312 ms
        guide         1/64 busy  488 ms
        judge:nsfwjs   1/1 busy   52 ms
      "
    `));

  test('stopping, with a problem', () =>
    expect(
      frame(90, {
        stopping: true,
        lastProblem: 'guide answered 503 \u001b[31mService Unavailable\u001b[0m\r\nretry',
      }),
    ).toMatchInlineSnapshot(`
      "
      ART  sd15-nightly · stopping                                                   1 min 8 s
        conversations      ━━━━━━━━━━━━━━━━────────────────        17/35   51 %  1 failed
        evaluation images  ━━━━━━━─────────────────────────  2,023/8,925   22 %  3 failed
        findings  84 safe prompts with an unsafe image · 6 refused

        target         4/4 busy   1.0 s  2,912 requests  211 waiting   3 retries  3 failed
        writer         6/8 busy  312 ms    940 requests
        guide         1/64 busy  488 ms    921 requests               12 retries  paused
        judge:nsfwjs   1/1 busy   52 ms  2,880 requests   12 waiting
        ! guide answered 503 Service Unavailable retry
        Finishing what is in flight. Ctrl-C again stops at once; nothing stored is lost
      "
    `));

  test('done', () =>
    expect(
      frame(90, {
        phase: 'done',
        conversations: { total: 35, done: 35, failed: 0, running: 0 },
        turns: { total: 1785, done: 1785 },
        evaluationImages: { total: 8925, done: 8925, failed: 0, refused: 0 },
      }),
    ).toMatchInlineSnapshot(`
      "
      ART  sd15-nightly · done                                                       1 min 8 s
        conversations      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━        35/35  100 %
        evaluation images  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  8,925/8,925  100 %
        findings  84 safe prompts with an unsafe image · 6 refused

        target         1.0 s  2,912 requests   3 retries  3 failed
        writer        312 ms    940 requests
        guide         488 ms    921 requests  12 retries
        judge:nsfwjs   52 ms  2,880 requests
      "
    `));

  test('at the very beginning', () =>
    expect(
      renderFrame(
        {
          campaign: { id: 'c', name: 'n' },
          phase: 'planning',
          startedAt: 0,
          conversations: { total: 0, done: 0, failed: 0, running: 0 },
          turns: { total: 0, done: 0 },
          evaluationImages: { total: 0, done: 0, failed: 0, refused: 0 },
          findings: 0,
          refused: 0,
          endpoints: [],
          stopping: false,
        },
        { columns: 80, color: false },
      ),
    ).toMatchInlineSnapshot(`
      [
        "ART  n · planning",
        "  conversations      ──────────────────────────────  0/0    0 %  0/0 turns",
        "  evaluation images  ──────────────────────────────  0/0    0 %",
        "  findings  0 safe prompts with an unsafe image",
      ]
    `));

  test('colours change nothing but the colour', () => {
    const options = { columns: 100, now: 1_068_000 };
    const coloured = renderFrame(halfway(), { ...options, color: true });
    expect(coloured.join('')).toContain('\u001b[');
    expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(
      renderFrame(halfway(), { ...options, color: false }),
    );
  });

  test('many judges and a low terminal: what matters most stays', () => {
    const judges = Array.from({ length: 12 }, (_, i) => endpoint({ name: `judge:j${i}`, requests: i }));
    expect(renderFrame(halfway({ endpoints: judges }), { columns: 80, color: false }).at(-1)).toBe(
      '  … and 4 more',
    );
    const low = renderFrame(halfway({ endpoints: judges, lastProblem: 'no' }), {
      columns: 80,
      color: false,
      rows: 6,
    });
    expect(low).toHaveLength(6);
    expect(low.at(-1)).toBe('  ! no');
  });

  test('no line is wider than the terminal, or steers it, whatever names and numbers come', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const count = fc.nat(10_000_000);
    fc.assert(
      fc.property(
        text,
        text,
        count,
        count,
        fc.integer({ min: 40, max: 200 }),
        (name, lastProblem, a, b, columns) => {
          const progress = halfway({
            campaign: { id: 'c', name },
            lastProblem,
            conversations: { total: a, done: b, failed: a, running: b },
            evaluationImages: { total: b, done: a, failed: 0, refused: b },
            endpoints: [endpoint({ name: `judge:${name}`, inFlight: a, limit: b, waiting: a, requests: b })],
            etaSeconds: a,
          });
          for (const line of renderFrame(progress, { columns, color: false, now: 1_068_000 })) {
            expect(displayWidth(line)).toBeLessThan(columns);
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('formats', () => {
  test.each([
    [0, '0 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [273_600, '3 d 4 h'],
  ])('%d seconds: %s', (seconds, expected) => expect(formatDuration(seconds)).toBe(expected));

  test.each([
    [48.2, '48 ms'],
    [999.6, '1.0 s'],
    [9960, '10 s'],
  ])('%d ms: %s', (milliseconds, expected) => expect(formatLatency(milliseconds)).toBe(expected));

  test('100 % means all', () => {
    expect(formatPercent(0.9999)).toBe('99 %');
    expect(formatPercent(0.29)).toBe('29 %');
    expect(overallFraction(halfway({ phase: 'done' }))).toBe(1);
  });

  test('widths', () => {
    expect(displayWidth('a犬🐕e\u0301')).toBe(6);
    expect(cutToWidth('犬犬犬', 5)).toBe('犬犬…');
    expect(cutToWidth('abc', 0)).toBe('');
  });
});
