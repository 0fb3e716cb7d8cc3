import { describe, expect, it, test } from 'vitest';
import { storing } from '../campaign/storing.ts';
import { rememberSecret } from '../models/redact.ts';
import { fatalLine, hintForWorker, writesLogLines } from './fatal-line.ts';

test.each([
  [['worker', '--log', 'json'], true],
  [['worker', '--log=json', '--quiet'], true],
  [['worker', '--json'], true],
  [['worker', '--json', '--log', 'text'], false],
  [['worker'], false],
  [['run', '--json'], false],
])('art %j writes a log of JSON lines: %s', (args, does) => {
  expect(writesLogLines(['node', 'art', ...args])).toBe(does);
});

describe('fatalLine', () => {
  it('is a line of the log, with where it happened', () => {
    const now = new Date('2026-11-23T12:00:00.000Z');
    const error = { code: 'STORE_FAILED', message: 'It failed.', hint: 'Try again.' };
    expect(JSON.parse(fatalLine(error, { worker: 'w1', campaign: 'c1' }, now))).toEqual({
      level: 'fatal',
      time: '2026-11-23T12:00:00.000Z',
      worker: 'w1',
      pid: process.pid,
      campaign: 'c1',
      code: 'STORE_FAILED',
      hint: 'Try again.',
      msg: 'It failed.',
    });
    expect(JSON.parse(fatalLine(error, {}))).not.toHaveProperty('campaign');
  });

  it('holds no key and no terminal escape', () => {
    rememberSecret('canary-of-the-end-4711');
    const hostile = 'canary-of-the-end-4711 \u001b[31mred\u009b2J';
    const line = fatalLine({ code: 'X', message: hostile, hint: hostile, stack: hostile }, {});
    expect(line).not.toMatch(/canary|\\u001b|\u009b/);
  });
});

test.each([Object.assign(new Error('no space left'), { code: 'ENOSPC' }), new Error('gone')])(
  'what can no longer be stored (%s) asks for the worker to be started again',
  async (cause) => {
    const error: unknown = await storing(() => Promise.reject(cause)).catch((thrown: unknown) => thrown);
    const hint = error instanceof Error && 'hint' in error ? hintForWorker(String(error.hint)) : '';
    expect(hint).toContain('then start the worker again. What was committed is safe.');
    expect(hint).not.toContain('art resume');
  },
);
