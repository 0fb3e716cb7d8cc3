import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError, type ModelErrorOptions } from '../models/model-error.ts';
import { Endpoint, type EndpointLimits } from './endpoint.ts';
import { Interrupted } from './interrupted.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const LIMITS: EndpointLimits = { concurrency: 4, timeoutSeconds: 60, retries: 3 };

function makeEndpoint(limits: Partial<EndpointLimits> = {}, random: () => number = () => 0.5) {
  const problems: ModelError[] = [];
  const endpoint = new Endpoint(
    'target',
    { ...LIMITS, ...limits },
    {
      now: Date.now,
      random,
      classify: (error) => (error instanceof ModelError ? error : failure('REJECTED')),
      onProblem: (problem) => problems.push(problem),
    },
  );
  return { endpoint, problems };
}

function failure(code: ModelError['code'], more: Partial<ModelErrorOptions> = {}): ModelError {
  return new ModelError({ code, message: `It failed: ${code}.`, retryable: code !== 'REJECTED', ...more });
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A request that fails as often as there are errors, then answers; notes when it was sent. */
function failing(...errors: ModelError[]) {
  const sentAt: number[] = [];
  const start = Date.now();
  const request = async () => {
    sentAt.push(Date.now() - start);
    const error = errors.shift();
    if (error !== undefined) throw error;
    return 'an answer';
  };
  return { request, sentAt };
}

/** What a promise comes to, with as much time as it takes. */
async function settle<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const settled = Promise.allSettled([promise]);
  await vi.runAllTimersAsync();
  const [result] = await settled;
  return result;
}

async function outcome<T>(promise: Promise<T>): Promise<T> {
  const result = await settle(promise);
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

describe('limits', () => {
  it('has at most `concurrency` requests in flight, and starts the next one when one ends', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 3 });
    let inFlight = 0;
    let most = 0;
    const request = async () => {
      most = Math.max(most, ++inFlight);
      await sleep(100);
      inFlight--;
    };
    const started = Date.now();
    const all = Promise.all(Array.from({ length: 10 }, () => endpoint.run(request)));
    await vi.advanceTimersByTimeAsync(50);
    expect(endpoint.state).toMatchObject({ inFlight: 3, waiting: 7, limit: 3 });
    await outcome(all);
    expect(most).toBe(3);
    expect(Date.now() - started).toBe(400);
    expect(endpoint.state).toMatchObject({ inFlight: 0, waiting: 0, requests: 10 });
  });

  it('never begins more requests in any minute than it may, spaces them evenly, and wastes little', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 3000 })),
        async (requestsPerMinute) => {
          const { endpoint } = makeEndpoint({ concurrency: 1024, requestsPerMinute });
          const begun: number[] = [];
          const wanted = requestsPerMinute + 5;
          const all = Array.from({ length: wanted }, () => endpoint.run(async () => begun.push(Date.now())));
          await vi.advanceTimersByTimeAsync(360_000);
          await Promise.all(all);
          expect(begun).toHaveLength(wanted);
          const span = (count: number) =>
            begun.slice(count).map((at, index) => at - (begun[index] ?? Number.NaN));
          expect(Math.min(...span(requestsPerMinute))).toBeGreaterThanOrEqual(60_000);
          expect(Math.max(...span(requestsPerMinute))).toBeLessThan(75_000);
          // No burst: a tenth of the requests takes about a tenth of the minute.
          const tenth = Math.ceil(requestsPerMinute / 10) + 1;
          expect(Math.min(...span(tenth))).toBeGreaterThanOrEqual(5_500);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('takes the highest priority first, and the oldest of one priority', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 1 });
    const order: string[] = [];
    const ask = (name: string, priority: number) =>
      endpoint.run(
        async () => {
          await sleep(10);
          order.push(name);
        },
        { priority },
      );
    const all = Promise.all([
      ask('in the slot already', 0),
      ask('evaluation 1', 0),
      ask('evaluation 2', 0),
      ask('conversation 1', 1),
      ask('conversation 2', 1),
    ]);
    await outcome(all);
    expect(order).toEqual([
      'in the slot already',
      'conversation 1',
      'conversation 2',
      'evaluation 1',
      'evaluation 2',
    ]);
  });
});

describe('measures', () => {
  it('tells waiting for a slot from the attempt that succeeded, and adds the tokens up', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 1 });
    const first = endpoint.run(() => sleep(300));
    const second = endpoint.run(async ({ report }) => {
      report({ inputTokens: 3 });
      report({ inputTokens: 4, outputTokens: 5 });
      await sleep(200);
      return 'done';
    });
    await outcome(first);
    expect(await outcome(second)).toEqual({
      value: 'done',
      waitedMs: 300,
      tookMs: 200,
      attempts: 1,
      usage: { inputTokens: 7, outputTokens: 5 },
    });
    expect(endpoint.state).toMatchObject({ requests: 2, retries: 0, failures: 0, medianLatencyMs: 300 });
  });

  it('does not count the wait between two tries as waiting for a slot, and forgets what a failed try reported', async () => {
    const { endpoint } = makeEndpoint();
    let tries = 0;
    const measured = await outcome(
      endpoint.run(async ({ report }) => {
        report({ inputTokens: 10 });
        await sleep(50);
        if (++tries === 1) throw failure('BAD_ANSWER');
        return tries;
      }),
    );
    expect(measured).toEqual({
      value: 2,
      waitedMs: 0,
      tookMs: 50,
      attempts: 2,
      usage: { inputTokens: 10 },
    });
    expect(endpoint.state.retries).toBe(1);
  });
});

describe('timeouts', () => {
  it('gives up an attempt after timeoutSeconds, aborts its signal, and says TIMEOUT', async () => {
    const { endpoint } = makeEndpoint({ timeoutSeconds: 2, retries: 0 });
    const signals: AbortSignal[] = [];
    const started = Date.now();
    const result = await settle(
      endpoint.run(({ signal }) => {
        signals.push(signal);
        return new Promise<never>(() => undefined);
      }),
    );
    expect(result).toMatchObject({ reason: { code: 'TIMEOUT', retryable: true } });
    expect(result).toHaveProperty('reason.message', 'The target did not answer within 2 s.');
    expect(Date.now() - started).toBe(2_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(endpoint.state).toMatchObject({ inFlight: 0, failures: 1 });
  });

  it('tries a request that timed out again, and leaves the signal of a successful one alone', async () => {
    const { endpoint } = makeEndpoint({ timeoutSeconds: 1 });
    const signals: AbortSignal[] = [];
    const { value, attempts } = await outcome(
      endpoint.run(async ({ signal }) => {
        signals.push(signal);
        await sleep(signals.length === 1 ? 5_000 : 500);
        return 'at last';
      }),
    );
    expect({ value, attempts }).toEqual({ value: 'at last', attempts: 2 });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});

describe('retries', () => {
  it('tries again what may succeed later, up to `retries` times, with doubled waits', async () => {
    const { endpoint, problems } = makeEndpoint({ retries: 4 }, () => 1);
    const { request, sentAt } = failing(...Array.from({ length: 4 }, () => failure('BAD_ANSWER')));
    const { value, attempts } = await outcome(endpoint.run(request));
    expect({ value, attempts }).toEqual({ value: 'an answer', attempts: 5 });
    expect(sentAt).toEqual([0, 500, 1_500, 3_500, 7_500]);
    expect(problems.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'BAD_ANSWER'));
  });

  it('waits between half of the back-off and all of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), async (random) => {
        const { endpoint } = makeEndpoint({ retries: 3 }, () => random);
        const { request, sentAt } = failing(
          failure('BAD_ANSWER'),
          failure('BAD_ANSWER'),
          failure('BAD_ANSWER'),
        );
        await outcome(endpoint.run(request));
        const waits = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
        for (const [index, longest] of [500, 1_000, 2_000].entries()) {
          expect(waits[index]).toBeGreaterThanOrEqual(longest / 2 - 1);
          expect(waits[index]).toBeLessThanOrEqual(longest);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('fails with the last error when the tries are used up', async () => {
    const { endpoint } = makeEndpoint({ retries: 2 });
    const { request, sentAt } = failing(
      failure('BAD_ANSWER', { message: 'first' }),
      failure('BAD_ANSWER', { message: 'second' }),
      failure('BAD_ANSWER', { message: 'third' }),
    );
    expect(await settle(endpoint.run(request))).toMatchObject({ reason: { message: 'third' } });
    expect(sentAt).toHaveLength(3);
    expect(endpoint.state).toMatchObject({ requests: 3, retries: 2, failures: 1 });
  });

  it('never repeats what cannot succeed', async () => {
    const { endpoint } = makeEndpoint();
    const { request, sentAt } = failing(failure('UNAUTHORISED', { retryable: false }));
    expect(await settle(endpoint.run(request))).toMatchObject({ reason: { code: 'UNAUTHORISED' } });
    expect(sentAt).toEqual([0]);
  });

  it('holds no slot while it waits for the next try', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 1 });
    const { request } = failing(failure('BAD_ANSWER'));
    const first = endpoint.run(request);
    await vi.advanceTimersByTimeAsync(1);
    const second = endpoint.run(async () => 'in between');
    await vi.advanceTimersByTimeAsync(1);
    expect(endpoint.state).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(await second).toMatchObject({ value: 'in between', waitedMs: 0 });
    expect(await outcome(first)).toMatchObject({ attempts: 2 });
  });
});

describe('a full server', () => {
  it('is left alone by every request for as long as it asks', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 8 });
    const { request, sentAt } = failing(failure('RATE_LIMITED', { retryAfterMs: 7_000 }));
    const first = endpoint.run(request);
    await vi.advanceTimersByTimeAsync(1);
    const other = failing();
    const second = endpoint.run(other.request);
    await outcome(Promise.all([first, second]));
    expect(sentAt).toHaveLength(2);
    expect(sentAt[1]).toBeGreaterThanOrEqual(7_000);
    expect(other.sentAt).toHaveLength(1);
    expect(other.sentAt[0]).toBeGreaterThanOrEqual(6_999);
    expect(await second).toMatchObject({ attempts: 1 });
  });

  it('does not use up the tries of a request', async () => {
    const { endpoint } = makeEndpoint({ retries: 1 });
    await outcome(endpoint.run(async () => 'it works'));
    const { request } = failing(
      ...Array.from({ length: 9 }, () => failure('RATE_LIMITED', { retryAfterMs: 1_000 })),
      failure('BAD_ANSWER'),
    );
    expect(await outcome(endpoint.run(request))).toMatchObject({ value: 'an answer', attempts: 11 });
  });

  it('is known to be there: a limit of a minute at the very first request is waited for', async () => {
    const { endpoint } = makeEndpoint({ retries: 1 });
    const { request } = failing(
      failure('RATE_LIMITED', { retryAfterMs: 45_000 }),
      failure('RATE_LIMITED', { retryAfterMs: 45_000 }),
    );
    expect(await outcome(endpoint.run(request))).toMatchObject({ value: 'an answer', attempts: 3 });
  });

  it('is not waited for when it asks for hours, or for longer than a timer can be', async () => {
    for (const retryAfterMs of [3_600_000, 1e12, Number.MAX_SAFE_INTEGER]) {
      const { endpoint } = makeEndpoint();
      await outcome(endpoint.run(async () => 'it works'));
      const { request, sentAt } = failing(failure('RATE_LIMITED', { retryAfterMs }));
      expect(await settle(endpoint.run(request))).toMatchObject({ reason: { code: 'RATE_LIMITED' } });
      expect(sentAt).toEqual([0]);
      const next = failing();
      expect(await settle(endpoint.run(next.request))).toMatchObject({ reason: { code: 'RATE_LIMITED' } });
      expect(next.sentAt).toEqual([]);
    }
  });

  it('also of the kind that says 503 with Retry-After', async () => {
    const { endpoint } = makeEndpoint();
    await outcome(endpoint.run(async () => 'it works'));
    const { request, sentAt } = failing(failure('SERVER_ERROR', { retryAfterMs: 20_000 }));
    await outcome(endpoint.run(request));
    expect(sentAt[1]).toBeGreaterThanOrEqual(20_000);
  });
});

describe('an outage', () => {
  it('of a minute costs a minute and no try, and is probed by few requests', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 4, retries: 2 });
    await outcome(endpoint.run(async () => 'it works'));
    const downUntil = Date.now() + 60_000;
    let sent = 0;
    const request = async () => {
      sent++;
      if (Date.now() < downUntil) throw failure('UNREACHABLE');
      return 'back again';
    };
    const all = Promise.all(Array.from({ length: 40 }, () => endpoint.run(request)));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(endpoint.state.breakerOpen).toBe(true);
    const results = await outcome(all);
    expect(results.map(({ value }) => value)).toEqual(Array.from({ length: 40 }, () => 'back again'));
    expect(sent).toBeLessThan(80);
    expect(Date.now() - downUntil).toBeLessThan(60_000);
    expect(endpoint.state).toMatchObject({ breakerOpen: false, failures: 0 });
  });

  it('opens the circuit only where failures follow each other without a success', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 1, retries: 0 });
    for (let index = 0; index < 12; index++) {
      const fails = index % 3 !== 2;
      await settle(endpoint.run(fails ? failing(failure('SERVER_ERROR')).request : async () => 'fine'));
      expect(endpoint.state.breakerOpen).toBe(false);
    }
  });

  it('is not suspected where the requests themselves are wrong', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 1, retries: 0 });
    for (let index = 0; index < 30; index++) {
      await settle(endpoint.run(failing(failure(index % 2 ? 'REJECTED' : 'BAD_ANSWER')).request));
    }
    expect(endpoint.state.breakerOpen).toBe(false);
    expect(await outcome(endpoint.run(async () => 'fine'))).toMatchObject({ value: 'fine' });
  });

  it('that never ends is given up after ten minutes, with the reason', async () => {
    const { endpoint } = makeEndpoint();
    await outcome(endpoint.run(async () => 'it works'));
    const started = Date.now();
    const down = async () => {
      throw failure('UNREACHABLE', { message: 'nobody is there' });
    };
    const results = Promise.allSettled(Array.from({ length: 6 }, () => endpoint.run(down)));
    await vi.runAllTimersAsync();
    for (const result of await results)
      expect(result).toMatchObject({ reason: { message: 'nobody is there' } });
    expect(Date.now() - started).toBeGreaterThan(9 * 60_000);
    expect(Date.now() - started).toBeLessThan(12 * 60_000);
  });

  it('of an endpoint that has never answered is given up after half a minute', async () => {
    const { endpoint } = makeEndpoint({ retries: 100 });
    const started = Date.now();
    const down = async () => {
      throw failure('UNREACHABLE');
    };
    const results = Promise.allSettled(Array.from({ length: 20 }, () => endpoint.run(down)));
    await vi.runAllTimersAsync();
    for (const result of await results) expect(result).toMatchObject({ reason: { code: 'UNREACHABLE' } });
    expect(Date.now() - started).toBeLessThan(90_000);
  });
});

describe('stop', () => {
  it('takes away what waits for a slot, and lets what is in flight finish', async () => {
    const { endpoint } = makeEndpoint({ concurrency: 2 });
    const stop = new AbortController();
    let begun = 0;
    const ask = () =>
      endpoint.run(
        async () => {
          begun++;
          await sleep(1_000);
          return 'finished';
        },
        { stop: stop.signal },
      );
    const all = Promise.allSettled([ask(), ask(), ask(), ask()]);
    await vi.advanceTimersByTimeAsync(100);
    stop.abort();
    await vi.runAllTimersAsync();
    expect(await all).toMatchObject([
      { value: { value: 'finished' } },
      { value: { value: 'finished' } },
      { reason: expect.any(Interrupted) },
      { reason: expect.any(Interrupted) },
    ]);
    expect(begun).toBe(2);
    expect(endpoint.state).toMatchObject({ inFlight: 0, waiting: 0, failures: 0 });
  });

  it('ends the wait for the next try at once', async () => {
    const { endpoint } = makeEndpoint();
    await outcome(endpoint.run(async () => 'it works'));
    const stop = new AbortController();
    const { request, sentAt } = failing(failure('RATE_LIMITED', { retryAfterMs: 300_000 }));
    const started = Date.now();
    const waiting = Promise.allSettled([endpoint.run(request, { stop: stop.signal })]);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort();
    expect(await waiting).toMatchObject([{ reason: expect.any(Interrupted) }]);
    expect(Date.now() - started).toBe(1_000);
    expect(sentAt).toEqual([0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends nothing that is asked for afterwards', async () => {
    const { endpoint } = makeEndpoint();
    const { request, sentAt } = failing();
    expect(await settle(endpoint.run(request, { stop: AbortSignal.abort() }))).toMatchObject({
      reason: expect.any(Interrupted),
    });
    expect(sentAt).toEqual([]);
  });

  it('does not hide that a request in flight failed for good', async () => {
    const { endpoint } = makeEndpoint();
    const stop = new AbortController();
    const asked = endpoint.run(
      async () => {
        await sleep(100);
        throw failure('REJECTED');
      },
      { stop: stop.signal },
    );
    const result = settle(asked);
    stop.abort();
    expect(await result).toMatchObject({ reason: { code: 'REJECTED' } });
  });

  it('makes no second try of what failed in flight', async () => {
    const { endpoint } = makeEndpoint();
    const stop = new AbortController();
    let sent = 0;
    const asked = endpoint.run(
      async () => {
        sent++;
        await sleep(100);
        throw failure('SERVER_ERROR');
      },
      { stop: stop.signal },
    );
    const result = settle(asked);
    stop.abort();
    expect(await result).toMatchObject({ reason: expect.any(Interrupted) });
    expect(sent).toBe(1);
  });
});
