import { describe, expect, it } from 'vitest';
import { OWN_CLOCK, type Patience, withRetries } from './retries.ts';

/** A clock that only sleeping moves. */
function fakePatience(patienceMs: number): Patience & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    firstDelayMs: 100,
    longestDelayMs: 1_000,
    patienceMs,
    now: () => slept.reduce((sum, ms) => sum + ms, 0),
    random: () => 1,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

/** Fails so many times, then answers. */
function failing(times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw new Error(`failure, ${left} to come`);
    return 'done';
  };
}

describe('withRetries', () => {
  it('tries again with growing pauses', async () => {
    const patience = fakePatience(60_000);
    const never = new AbortController().signal;
    expect(
      await withRetries(
        failing(6),
        () => true,
        () => patience,
        never,
      ),
    ).toBe('done');
    expect(patience.slept).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('ends with the last error when the patience is over', async () => {
    const patience = fakePatience(1_000);
    await expect(
      withRetries(
        failing(100),
        () => true,
        () => patience,
        undefined,
      ),
    ).rejects.toThrow('failure, 96 to come');
    expect(patience.slept).toEqual([100, 200, 400]);
  });

  it('does not try again what cannot work', async () => {
    const patience = fakePatience(60_000);
    await expect(
      withRetries(
        failing(1),
        () => false,
        () => patience,
        undefined,
      ),
    ).rejects.toThrow('failure');
    expect(patience.slept).toEqual([]);
  });

  it('ends with the reason of a signal, before a try and within a pause', async () => {
    const stop = new AbortController();
    const patience: Patience = {
      ...OWN_CLOCK,
      firstDelayMs: 60_000,
      longestDelayMs: 60_000,
      patienceMs: 1e9,
    };
    const waiting = withRetries(
      failing(9),
      () => true,
      () => patience,
      stop.signal,
    );
    setImmediate(() => stop.abort(new Error('stopped')));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(
      withRetries(
        failing(0),
        () => true,
        () => patience,
        stop.signal,
      ),
    ).rejects.toThrow('stopped');
  });
});
