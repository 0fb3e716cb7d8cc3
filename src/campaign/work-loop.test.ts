import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Lane, WorkLoop } from './work-loop.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const COMPLETE = () => Promise.resolve(true);
const never = new AbortController().signal;

/** A lane over a list of jobs, which notes what it did. */
function laneOf(name: string, limit: number, jobs: number[], work: (job: number) => Promise<void>) {
  const seen = { taken: [] as number[], held: 0, most: 0 };
  const lane: Lane<number> = {
    name,
    limit,
    take: async (count) => {
      seen.taken.push(count);
      return jobs.splice(0, count);
    },
    work: async (job) => {
      seen.most = Math.max(seen.most, ++seen.held);
      try {
        await work(job);
      } finally {
        seen.held--;
      }
    },
  };
  return { lane, seen };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function settle(promise: Promise<void>): Promise<PromiseSettledResult<void>> {
  const settled = Promise.allSettled([promise]);
  await vi.runAllTimersAsync();
  const [result] = await settled;
  return result;
}

describe('WorkLoop', () => {
  it('does every job once, each lane up to its limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(30), { maxLength: 30 }),
        fc.array(fc.nat(30), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        async (firstTimes, secondTimes, firstLimit, secondLimit) => {
          const done: string[] = [];
          const make = (name: string, times: number[], limit: number) =>
            laneOf(
              name,
              limit,
              times.map((_, index) => index),
              async (job) => {
                await sleep(times[job] ?? 0);
                done.push(`${name} ${job}`);
              },
            );
          const first = make('first', firstTimes, firstLimit);
          const second = make('second', secondTimes, secondLimit);
          const loop = new WorkLoop().run({
            lanes: [first.lane, second.lane],
            stop: never,
            isComplete: COMPLETE,
          });
          expect(await settle(loop)).toMatchObject({ status: 'fulfilled' });
          expect(done.toSorted()).toEqual(
            [
              ...firstTimes.map((_, index) => `first ${index}`),
              ...secondTimes.map((_, index) => `second ${index}`),
            ].toSorted(),
          );
          expect(first.seen.most).toBe(Math.min(firstLimit, firstTimes.length));
          expect(second.seen.most).toBe(Math.min(secondLimit, secondTimes.length));
          for (const count of first.seen.taken) expect(count).toBeLessThanOrEqual(firstLimit);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('asks an empty queue again only when something was added, and then at once', async () => {
    const jobs: number[] = [];
    const loop = new WorkLoop();
    const evaluated: number[] = [];
    const begun = Date.now();
    const evaluation = laneOf('evaluation', 2, jobs, async (job) => {
      evaluated.push(Date.now() - begun);
      expect(job).toBe(7);
    });
    const conversation = laneOf('conversation', 1, [1], async () => {
      await sleep(300);
      jobs.push(7);
      loop.notify('evaluation');
      await sleep(500);
    });
    const running = loop.run({
      lanes: [conversation.lane, evaluation.lane],
      stop: never,
      isComplete: COMPLETE,
    });
    await vi.advanceTimersByTimeAsync(299);
    expect(evaluation.seen.taken).toHaveLength(1);
    expect(await settle(running)).toMatchObject({ status: 'fulfilled' });
    expect(evaluated).toEqual([300]);
  });

  it('hears of work that was added while it asked the queues', async () => {
    const jobs: number[] = [];
    const loop = new WorkLoop();
    const done: number[] = [];
    const late: Lane<number> = {
      name: 'late',
      limit: 1,
      take: async (count) => {
        const found = jobs.splice(0, count);
        if (done.length === 0 && found.length === 0) {
          jobs.push(5);
          loop.notify('late');
        }
        return found;
      },
      work: async (job) => {
        done.push(job);
      },
    };
    const running = loop.run({ lanes: [late], stop: never, isComplete: COMPLETE });
    expect(await settle(running)).toMatchObject({ status: 'fulfilled' });
    expect(done).toEqual([5]);
  });

  it('looks again every second for what others add, until the work is complete', async () => {
    const jobs: number[] = [];
    const done: number[] = [];
    const { lane, seen } = laneOf('shared', 2, jobs, async (job) => {
      done.push(job);
    });
    const running = new WorkLoop().run({
      lanes: [lane],
      stop: never,
      isComplete: async () => done.length === 1,
    });
    await vi.advanceTimersByTimeAsync(3_500);
    expect(seen.taken).toHaveLength(4);
    jobs.push(1);
    expect(await settle(running)).toMatchObject({ status: 'fulfilled' });
    expect(done).toEqual([1]);
  });

  it('looks for what others add to one lane while another keeps it busy all the time', async () => {
    const given: number[] = [];
    const takenAt: number[] = [];
    const mine = Array.from({ length: 50 }, (_, job) => job);
    const conversation = laneOf('conversation', 1, given, async () => {
      takenAt.push(mine.length);
    });
    const evaluation = laneOf('evaluation', 1, mine, () => sleep(100));
    const running = new WorkLoop().run({
      lanes: [conversation.lane, evaluation.lane],
      stop: never,
      isComplete: COMPLETE,
    });
    await vi.advanceTimersByTimeAsync(250);
    given.push(1);
    expect(await settle(running)).toMatchObject({ status: 'fulfilled' });
    expect(takenAt.every((left) => left > 35)).toBe(true);
    expect(takenAt).toHaveLength(1);
  });

  it('begins nothing after an error, and throws it when the other jobs have ended', async () => {
    const done: number[] = [];
    const { lane } = laneOf('mixed', 3, [0, 1, 2, 3, 4], async (job) => {
      await sleep(100 * (job + 1));
      if (job === 0) throw new Error('the disk is full');
      done.push(job);
    });
    const result = await settle(new WorkLoop().run({ lanes: [lane], stop: never, isComplete: COMPLETE }));
    expect(result).toMatchObject({ reason: { message: 'the disk is full' } });
    expect(done).toEqual([1, 2]);
  });

  it('waits for what it has begun when a queue cannot be asked', async () => {
    const done: number[] = [];
    let asked = 0;
    const lane: Lane<number> = {
      name: 'broken',
      limit: 2,
      take: async () => {
        if (asked++ > 0) throw new Error('the queue is gone');
        return [1, 2];
      },
      work: async (job) => {
        await sleep(job * 100);
        done.push(job);
      },
    };
    const running = new WorkLoop().run({ lanes: [lane], stop: never, isComplete: COMPLETE });
    expect(await settle(running)).toMatchObject({ reason: { message: 'the queue is gone' } });
    expect(done).toEqual([1, 2]);
  });

  it('passes on that completeness could not be found out', async () => {
    const { lane } = laneOf('empty', 1, [], async () => undefined);
    const running = new WorkLoop().run({
      lanes: [lane],
      stop: never,
      isComplete: () => Promise.reject(new Error('no answer')),
    });
    expect(await settle(running)).toMatchObject({ reason: { message: 'no answer' } });
  });

  it('finishes what it has begun when it is stopped, and begins nothing more', async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const { lane, seen } = laneOf('stopped', 2, [0, 1, 2, 3], async (job) => {
      await sleep(500);
      done.push(job);
    });
    const running = new WorkLoop().run({
      lanes: [lane],
      stop: stop.signal,
      isComplete: () => Promise.resolve(false),
    });
    await vi.advanceTimersByTimeAsync(100);
    stop.abort();
    expect(await settle(running)).toMatchObject({ status: 'fulfilled' });
    expect(done).toEqual([0, 1]);
    expect(seen.taken).toEqual([2]);
  });

  it('takes nothing when it is stopped before it begins', async () => {
    const { lane, seen } = laneOf('stopped', 2, [0], async () => undefined);
    const running = new WorkLoop().run({ lanes: [lane], stop: AbortSignal.abort(), isComplete: COMPLETE });
    expect(await settle(running)).toMatchObject({ status: 'fulfilled' });
    expect(seen.taken).toEqual([]);
  });
});
