import { expect, test } from 'vitest';
import type { LiveWorker } from '../store/workers.ts';
import { workerLine } from './worker-line.ts';

const CAMPAIGNS = [
  { id: 'c1', name: 'nightly\u001b[31m' },
  { id: 'c2', name: 'second' },
];

function line(change: Partial<LiveWorker>): string {
  const now = new Date();
  const worker: LiveWorker = {
    ...{ id: 'host-1', command: 'worker', host: 'host', pid: 1, artVersion: '1.0.0' },
    ...{ serves: {}, doing: {}, draining: false, startedAt: now, seenAt: now, silentSeconds: 1 },
    ...change,
  };
  return workerLine(worker, CAMPAIGNS);
}

test('a worker is shown with the campaigns that it works on', () => {
  expect(line({ doing: { c1: {}, c2: {} } })).toBe(
    'host-1  art worker, here since now, at work on nightly (c1) and second (c2)',
  );
  // Planned since the list was read.
  expect(line({ doing: { c3: {} } })).toContain('at work on c3');
  expect(line({})).toBe('host-1  art worker, here since now, with nothing to do');
});

test('what it takes, and what is unusual about it, is said', () => {
  expect(
    line({ serves: { jobs: ['evaluation'], campaigns: ['c1'] }, draining: true, silentSeconds: 20 }),
  ).toBe(
    'host-1  art worker, here since now, draining, not heard of for 20 s, only jobs evaluation, with nothing to do',
  );
});
