import { describe, expect, it } from 'vitest';
import type { JudgingProgress } from '../campaign/judge-again.ts';
import { createJudgingDisplay, type JudgingDisplayOptions } from './judging-display.ts';

/** A display with a clock of its own, and what it wrote. */
function displayOf(style: JudgingDisplayOptions['style'], columns?: number) {
  let written = '';
  let time = 0;
  const display = createJudgingDisplay({
    stream: {
      write: (text: string) => {
        written += text;
        return true;
      },
      ...(columns === undefined ? {} : { columns }),
    },
    style,
    now: () => time,
  });
  return {
    display,
    written: () => written,
    wait: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

const at = (done: number, more: Partial<JudgingProgress> = {}): JudgingProgress => ({
  done,
  total: 2_000,
  errors: 0,
  endpoints: [],
  stopping: false,
  ...more,
});

describe('the display of judging', () => {
  it('in a pipe writes a line every ten seconds, and the last', () => {
    const { display, written, wait } = displayOf('lines');
    display.note('Judging what is stored of a\u001b[2J by eye.');
    for (const done of [0, 500, 1_000, 2_000]) {
      display.update(at(done, { errors: done === 2_000 ? 3 : 0 }));
      wait(5_000);
    }
    const lines = written().trim().split('\n');
    expect(lines[0]).not.toContain('\u001b');
    expect(lines.slice(1)).toEqual([
      'judged 0 of 2,000 (0 %)',
      'judged 1,000 of 2,000 (50 %) · 10 s left',
      'judged 2,000 of 2,000 (100 %) · 3 errors',
    ]);
  });

  it('on a terminal draws one line over and over, never wider than it, and takes it away', () => {
    const { display, written, wait } = displayOf('live', 20);
    display.update(at(1));
    display.update(at(2));
    wait(200);
    display.update(at(1_000));
    display.close();
    display.close();
    const drawn = written().split('\r\u001b[K');
    expect(drawn).toHaveLength(3);
    for (const line of drawn) expect(line.length).toBeLessThan(20);
    expect(drawn.at(-1)).toBe('');
  });

  it('for programs is JSON, a line each', () => {
    const { display, written } = displayOf('json');
    display.update(at(0));
    display.note('the judge failed', 'problem');
    display.update(at(5, { stopping: true }));
    const events = written()
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(events).toMatchObject([
      { event: 'progress', done: 0 },
      { event: 'problem', message: 'the judge failed' },
      { event: 'note', message: expect.stringContaining('Stopping') },
      { event: 'progress', done: 5, stopping: true },
    ]);
  });

  it('that is quiet tells problems alone; with nothing to judge it shows nothing', () => {
    const quiet = displayOf('quiet');
    quiet.display.note('hello');
    quiet.display.update(at(5));
    quiet.display.note('the judge failed', 'problem');
    expect(quiet.written()).toBe('problem: the judge failed\n');
    const nothing = displayOf('lines');
    nothing.display.update(at(0, { total: 0 }));
    expect(nothing.written()).toBe('');
  });
});
