import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ProgressDisplay } from './display.ts';
import { createProgressDisplay, type ProgressDisplayOptions } from './progress-display.ts';
import { halfway, handClock, recordingStream } from './progress-fixtures.ts';

function open(options: Partial<ProgressDisplayOptions> = {}) {
  const clock = handClock();
  const stream = recordingStream();
  const exits = new Set<() => void>();
  const display: ProgressDisplay = createProgressDisplay({
    stream,
    isTTY: true,
    now: clock.now,
    schedule: clock.schedule,
    onExit: (callback) => {
      exits.add(callback);
      return () => exits.delete(callback);
    },
    env: {},
    ...options,
  });
  return { clock, stream, exits, display, text: () => stream.writes.join('') };
}

describe('on a terminal', () => {
  test('draws at most ten times a second, and the latest', () => {
    const { clock, stream, display } = open();
    for (let i = 0; i < 100; i++) {
      display.update(halfway({ findings: i }));
      clock.advance(10);
    }
    clock.advance(100);
    expect(stream.writes.length).toBeGreaterThanOrEqual(9);
    expect(stream.writes.length).toBeLessThanOrEqual(11);
    expect(stripVTControlCharacters(stream.writes.at(-1) ?? '')).toContain('findings  99 ');
  });

  test('its clock goes on without news', () => {
    const { clock, stream, display } = open();
    display.update(halfway());
    clock.advance(3500);
    expect(stream.writes).toHaveLength(4);
    expect(stripVTControlCharacters(stream.writes.at(-1) ?? '')).toContain('1 min 11 s');
  });

  test('draws in place: one write a frame, up by as many lines as it drew', () => {
    const { clock, stream, display } = open();
    display.update(halfway());
    clock.advance(200);
    display.update(halfway());
    const lines = (stream.writes[0] ?? '').split('\n').length - 1;
    expect(stream.writes).toHaveLength(2);
    expect(stream.writes[1]).toContain(`\r\u001b[${lines}A`);
    expect(stream.writes[1]).not.toContain('\u001b[2J');
  });

  test('a note stays above the frame', () => {
    const { stream, display } = open();
    display.update(halfway());
    display.note('stored in ./art-data\u001b[2J');
    expect(stripVTControlCharacters(stream.writes.at(-1) ?? '')).toMatch(/^\r?stored in \.\/art-data\nART/);
    expect(stream.writes.at(-1)).not.toContain('\u001b[2J');
  });

  test('after a resize it redraws, and counts the rows of lines that were broken', () => {
    const { clock, stream, display } = open();
    display.update(halfway());
    const rowsAt40 = (stream.writes[0] ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / 40)));
    stream.resize(40);
    clock.advance(1);
    expect(stream.writes).toHaveLength(2);
    expect(stream.writes[1]).toContain(`\u001b[${rowsAt40.reduce((sum, rows) => sum + rows, 0)}A`);
  });

  test('gives the cursor back when closed, and when the process ends without', () => {
    const closed = open();
    closed.display.update(halfway());
    expect(closed.text()).toContain('\u001b[?25l');
    closed.display.close(halfway({ phase: 'done', stopping: false }));
    closed.display.close();
    expect(closed.text().endsWith('\u001b[?25h')).toBe(true);
    expect(closed.clock.pending()).toBe(0);
    expect(closed.exits.size).toBe(0);
    expect(closed.stream.listeners.size).toBe(0);

    const crashed = open();
    crashed.display.update(halfway());
    for (const callback of crashed.exits) callback();
    expect(crashed.text().endsWith('\u001b[?25h')).toBe(true);
  });

  test('closed while stopping, it does not speak of stopping any more', () => {
    const { stream, display } = open();
    display.close(halfway({ stopping: true }));
    const last = stripVTControlCharacters(stream.writes[0] ?? '');
    expect(last).toContain('stopped');
    expect(last).not.toMatch(/Ctrl-C|left/);
  });

  test('closed with nothing left to do, it is done', () => {
    const settled = {
      conversations: { total: 2, done: 1, failed: 1, running: 0 },
      turns: { total: 10, done: 7 },
      evaluationImages: { total: 14, done: 12, failed: 1, refused: 1 },
    };
    const { stream, display } = open();
    display.close(halfway(settled));
    expect(stripVTControlCharacters(stream.writes[0] ?? '')).toContain('sd15-nightly · done');
    const other = open();
    other.display.close(halfway());
    expect(stripVTControlCharacters(other.stream.writes[0] ?? '')).toContain('sd15-nightly · exploring');
  });

  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ FORCE_COLOR: '0' }, false],
  ])('colours with %j: %s', (env, colours) => {
    const { display, text } = open({ env });
    display.update(halfway());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
    expect(/\u001b\[[0-9;]*m/.test(text())).toBe(colours);
  });
});

describe('in a pipe', () => {
  const piped = { isTTY: false };

  test('a plain line every 10 seconds and at each 10 %, no escapes', () => {
    const { clock, stream, display, text } = open(piped);
    for (let i = 0; i < 250; i++) {
      display.update(halfway());
      clock.advance(100);
    }
    expect(stream.writes).toHaveLength(3);
    display.update(
      halfway({
        turns: { total: 1785, done: 1785 },
        evaluationImages: { total: 8925, done: 5000, failed: 0, refused: 0 },
      }),
    );
    expect(stream.writes).toHaveLength(4);
    expect(text()).not.toContain('\u001b');
    expect(stream.writes[0]).toBe(
      'exploring 27 % · 17/35 conversations · 912/1,785 turns · 2,023/8,925 evaluation images · 84 findings · 4 failed · about 6 min 29 s left\n',
    );
  });

  test('notes, problems once each, and the last state', () => {
    const { stream, display } = open(piped);
    display.note('one\ntwo');
    display.update(halfway({ lastProblem: 'bad\u001b[31m answer' }));
    display.update(halfway({ lastProblem: 'bad\u001b[31m answer' }));
    display.close(halfway({ phase: 'done' }));
    expect(stream.writes.map((line) => line.slice(0, 19).trimEnd())).toEqual([
      'one',
      'two',
      'problem: bad answer'.slice(0, 19),
      'exploring 27 % · 17',
      'done 100 % · 17/35',
    ]);
  });

  test('says once, at once, that the campaign stops', () => {
    const { stream, display } = open(piped);
    display.update(halfway());
    display.update(halfway({ stopping: true }));
    display.update(halfway({ stopping: true }));
    expect(stream.writes.map((line) => line.slice(0, 14))).toEqual(['exploring 27 %', 'Stopping: what']);
  });

  test('a dumb terminal gets plain lines too', () => {
    const { display, text } = open({ env: { TERM: 'dumb' } });
    display.update(halfway());
    expect(text().startsWith('exploring 27 %')).toBe(true);
    expect(text()).not.toContain('\u001b');
  });
});

describe('for programs', () => {
  test('one JSON object a line, at most one a second, nothing that steers a terminal', () => {
    const { clock, stream, display, text } = open({ json: true });
    for (let i = 0; i < 30; i++) {
      display.update(halfway({ lastProblem: 'a\u009b31m\u202eb' }));
      clock.advance(100);
    }
    display.note('hello');
    display.close(halfway({ phase: 'done' }));
    const events = text()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(events).toHaveLength(5);
    expect(events[0]).toMatchObject({ event: 'progress', findings: 84, lastProblem: 'a\u009b31m\u202eb' });
    expect(events[3]).toMatchObject({ event: 'note', message: 'hello' });
    expect(events[4]).toMatchObject({ event: 'progress', phase: 'done' });
    expect(stream.writes.join('')).not.toMatch(/[\u009b\u202e]/);
  });
});

test('a program hears at once that the campaign stops', () => {
  const { stream, display } = open({ json: true });
  display.update(halfway());
  display.update(halfway({ stopping: true }));
  display.update(halfway({ stopping: true }));
  expect(stream.writes.map((line): unknown => JSON.parse(line))).toMatchObject([
    { stopping: false },
    { stopping: true },
  ]);
});

describe('quiet', () => {
  test('nothing but problems', () => {
    const { stream, display } = open({ quiet: true });
    display.update(halfway());
    display.note('hello');
    display.note('no space left', 'problem');
    display.update(halfway({ lastProblem: 'writer: 500' }));
    display.close(halfway({ phase: 'done' }));
    expect(stream.writes).toEqual(['problem: no space left\n', 'problem: writer: 500\n']);
  });

  test('with --json, problems as JSON', () => {
    const { stream, display } = open({ quiet: true, json: true });
    display.update(halfway());
    display.note('no space left', 'problem');
    display.close(halfway());
    expect(stream.writes.map((line): unknown => JSON.parse(line))).toMatchObject([
      { event: 'problem', message: 'no space left' },
    ]);
  });
});
