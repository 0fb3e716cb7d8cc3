import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { callSoonAfter } from './call-soon-after.ts';
import { Interrupted } from './interrupted.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('aborts some time after the other one, and not where it is taken back', () => {
  const stop = new AbortController();
  const [late, never] = [callSoonAfter(stop.signal, 1_000), callSoonAfter(stop.signal, 1_000)];
  vi.advanceTimersByTime(5_000);
  stop.abort();
  vi.advanceTimersByTime(999);
  expect(late.signal.aborted).toBe(false);
  never.cancel();
  vi.advanceTimersByTime(1);
  expect(late.signal.reason).toBeInstanceOf(Interrupted);
  expect(never.signal.aborted).toBe(false);
});
