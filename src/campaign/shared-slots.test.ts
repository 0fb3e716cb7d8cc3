import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../test/support/random.ts';
import { Interrupted } from './interrupted.ts';
import { SharedSlots } from './shared-slots.ts';
import { elapse, type FakeSlotSource, keepAlive, SlotRoom, type SlotRoomOptions } from './slots-fixtures.ts';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Workers at one endpoint, with the tasks that run at them. */
class Workers {
  readonly room: SlotRoom;
  readonly problems: unknown[] = [];
  readonly all: { readonly source: FakeSlotSource; readonly slots: SharedSlots }[] = [];
  readonly log: string[] = [];
  running = 0;
  most = 0;
  busyMs = 0;

  constructor(
    workers: number,
    concurrency: number,
    { paced = false, ...room }: SlotRoomOptions & { readonly paced?: boolean },
  ) {
    this.room = new SlotRoom(concurrency, room);
    for (let number = 0; number < workers; number++) {
      const source = this.room.enter(`w${number}`);
      const slots = new SharedSlots(source, {
        concurrency,
        paced,
        now: () => performance.now(),
        onProblem: (error) => this.problems.push(error),
      });
      this.all.push({ source, slots });
    }
  }

  slots(worker: number): SharedSlots {
    const found = this.all[worker];
    if (found === undefined) throw new RangeError(`there is no worker ${worker}`);
    return found.slots;
  }

  /** A task that takes so long, at one of them. */
  run(worker: number, name: string, ms: number, priority = 0, stop?: AbortSignal): Promise<void> {
    return this.slots(worker).run(
      async () => {
        this.running++;
        this.most = Math.max(this.most, this.running);
        this.log.push(name);
        await elapse(ms);
        this.busyMs += ms;
        this.running--;
      },
      { priority, stop },
    );
  }

  /** Keeps so many tasks waiting at a worker, for ever. */
  keepBusy(worker: number, waiting: number, ms: number, priority = 0): void {
    const work = async () => {
      for (;;) await this.run(worker, `w${worker}`, ms, priority);
    };
    for (let number = 0; number < waiting; number++) void work();
  }
}

const quick = { latencyMs: () => 5 };

describe('shared slots', () => {
  it('are used again without asking while there is something to do', async () => {
    const workers = new Workers(1, 4, quick);
    workers.keepBusy(0, 10, 100);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workers.most).toBe(4);
    expect(workers.busyMs / (4 * 60_000)).toBeGreaterThan(0.99);
    // All that were wanted, once as few as one task wanted.
    expect(workers.room.takes).toBeLessThanOrEqual(2);
    expect(workers.room.frees).toBe(0);
  });

  it('are given back when nothing is left to do, and when they are closed', async () => {
    const workers = new Workers(2, 3, quick);
    const done = [1, 2, 3, 4, 5].map((number) => workers.run(0, String(number), 100));
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(done);
    expect(workers.room.taken).toBe(0);
    void workers.run(1, 'last', 1);
    await vi.advanceTimersByTimeAsync(20);
    const closed = workers.slots(1).close();
    await vi.advanceTimersByTimeAsync(20);
    await closed;
    expect(workers.room.taken).toBe(0);
    expect(workers.log).toEqual(['1', '2', '3', '4', '5', 'last']);
  });

  it.each([
    { name: 'four workers with as much to do', conversations: 0, latencyMs: 5 },
    { name: 'one of them with conversations, over a database of 5 ms', conversations: 40, latencyMs: 5 },
    { name: 'the same over one of 20 ms', conversations: 40, latencyMs: 20 },
  ])('are hardly ever idle: $name', async ({ conversations, latencyMs }) => {
    const workers = new Workers(4, 4, { latencyMs: () => latencyMs });
    for (let worker = 0; worker < 4; worker++) workers.keepBusy(worker, 25, 1_000);
    const converse = async () => {
      for (;;) {
        await workers.run(0, 'conversation', 1_000, 1);
        // Guide and Writer, and a place in the queue.
        await elapse(12_000);
      }
    };
    for (let number = 0; number < conversations; number++) void converse();
    await vi.advanceTimersByTimeAsync(400_000);
    expect(workers.most).toBe(4);
    // Of 400 s; four that are running have not ended.
    expect((workers.busyMs + 4_000) / (4 * 400_000)).toBeGreaterThan(0.985);
  });

  it('are shared evenly after a while, whoever came first', async () => {
    const workers = new Workers(4, 8, quick);
    for (let worker = 0; worker < 4; worker++) workers.keepBusy(worker, 20, 500);
    await vi.advanceTimersByTimeAsync(30_000);
    workers.log.length = 0;
    await vi.advanceTimersByTimeAsync(30_000);
    const counts = [0, 1, 2, 3].map((worker) => workers.log.filter((name) => name === `w${worker}`).length);
    for (const count of counts) expect(count / workers.log.length).toBeCloseTo(0.25, 1);
  });

  it('are had in turn where there are fewer than workers', async () => {
    const workers = new Workers(3, 1, quick);
    for (let worker = 0; worker < 3; worker++) workers.keepBusy(worker, 2, 200);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workers.most).toBe(1);
    for (let worker = 0; worker < 3; worker++) {
      expect(workers.log.filter((name) => name === `w${worker}`).length).toBeGreaterThan(30);
    }
    expect(workers.busyMs / 60_000).toBeGreaterThan(0.95);
  });

  it('go to whoever has something more important to do', async () => {
    const workers = new Workers(2, 2, quick);
    workers.keepBusy(0, 10, 100);
    await vi.advanceTimersByTimeAsync(1_000);
    workers.log.length = 0;
    const urgent = [1, 2, 3, 4].map((number) => workers.run(1, `urgent ${number}`, 100, 2));
    await vi.advanceTimersByTimeAsync(700);
    await Promise.all(urgent);
    // Within what was running, and the way to it.
    expect(workers.log.indexOf('urgent 1')).toBeLessThanOrEqual(4);
    expect(workers.log.indexOf('urgent 4')).toBeLessThanOrEqual(10);
  });

  it('take the more important of their own first', async () => {
    const workers = new Workers(1, 1, quick);
    const done = [
      workers.run(0, 'first', 10),
      workers.run(0, 'low', 10),
      workers.run(0, 'high', 10, 3),
      workers.run(0, 'middle', 10, 1),
    ];
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(done);
    expect(workers.log).toEqual(['high', 'middle', 'first', 'low']);
  });

  it('begin nothing at a worker whose heartbeat is not heard, and lose nothing', async () => {
    const workers = new Workers(2, 2, quick);
    const [cut] = workers.all;
    if (cut === undefined) throw new Error('no worker');
    workers.keepBusy(0, 5, 100);
    await vi.advanceTimersByTimeAsync(500);
    cut.source.ownedUntil = performance.now();
    await vi.advanceTimersByTimeAsync(200);
    workers.log.length = 0;
    workers.keepBusy(1, 5, 100);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(new Set(workers.log)).toEqual(new Set(['w1']));
    expect(workers.log.length).toBeGreaterThan(30);
    expect(workers.most).toBe(2);
    cut.source.ownedUntil = Number.POSITIVE_INFINITY;
    workers.log.length = 0;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(workers.log).toContain('w0');
    expect(workers.most).toBe(2);
  });

  it('are not used on by a worker that was silent for too long and is heard again', async () => {
    let silent = false;
    const workers = new Workers(2, 1, {
      ...quick,
      leaseMs: 3_000,
      failure: (worker) => (silent && worker === 'w0' ? 'lost' : 'none'),
    });
    const alive = workers.all.map(({ source, slots }) =>
      keepAlive(workers.room, source, slots, { everyMs: 500, marginMs: 500 }),
    );
    const done = [workers.run(0, 'long', 6_000), workers.run(0, 'next', 10)];
    await vi.advanceTimersByTimeAsync(600);
    silent = true;
    done.push(workers.run(1, 'of another', 3_000));
    await vi.advanceTimersByTimeAsync(4_500);
    silent = false;
    await vi.advanceTimersByTimeAsync(1_500);
    // Its own request is over, but the slot is somebody else's now.
    expect(workers.log).toEqual(['long', 'of another']);
    expect(workers.running).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    await Promise.all(done);
    expect(workers.log).toEqual(['long', 'of another', 'next']);
    for (const end of alive) end();
  });

  it('wait for their moment with a slot, and are taken away meanwhile when it all stops', async () => {
    const workers = new Workers(1, 2, { ...quick, paced: true });
    const [only] = workers.all;
    if (only === undefined) throw new Error('no worker');
    only.source.bookMs = 1_000;
    const stop = new AbortController();
    const done = workers.run(0, 'in time', 10);
    await vi.advanceTimersByTimeAsync(1_100);
    await done;
    const late = workers.run(0, 'late', 10, 0, stop.signal);
    const waits = workers.run(0, 'waits', 10, 0, stop.signal);
    const more = workers.run(0, 'more', 10, 0, stop.signal);
    const over = Promise.allSettled([late, waits, more]);
    await vi.advanceTimersByTimeAsync(500);
    stop.abort();
    await vi.advanceTimersByTimeAsync(500);
    for (const result of await over) expect(result).toMatchObject({ reason: expect.any(Interrupted) });
    expect(workers.log).toEqual(['in time']);
    expect(workers.room.taken).toBe(0);
  });

  it('are asked for again where the database does not answer, also for the moment', async () => {
    let fails = true;
    const workers = new Workers(1, 2, {
      ...quick,
      paced: true,
      failure: () => (fails ? 'lost' : 'none'),
    });
    const done = workers.run(0, 'at last', 10);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(workers.log).toEqual([]);
    expect(workers.problems.length).toBeGreaterThan(5);
    fails = false;
    await vi.advanceTimersByTimeAsync(2_000);
    await done;
    expect(workers.log).toEqual(['at last']);
  });
});

const job = fc.record({
  worker: fc.nat(3),
  at: fc.nat(6_000),
  ms: fc.integer({ min: 50, max: 500 }),
  priority: fc.nat(2),
  /** After so long it is no longer wanted, if it still waits. */
  patienceMs: fc.option(fc.nat(5_000)),
});

const world = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  jobs: fc.array(job, { minLength: 1, maxLength: 120, size: 'max' }),
  /** Whose statements fail, from when and for how long. */
  outages: fc.array(
    fc.record({ worker: fc.nat(3), at: fc.nat(5_000), ms: fc.integer({ min: 100, max: 8_000 }) }),
    { maxLength: 4, size: 'max' },
  ),
  lostNotices: fc.constantFrom(0, 0.2, 1),
  latencyMs: fc.integer({ min: 1, max: 60 }),
  seed: fc.nat(),
});

describe('whatever the interleaving, lost answers and silences', () => {
  it('limits hold, every task runs once or is taken away, and every slot is given back', async () => {
    const property = fc.asyncProperty(world, async (made) => {
      const random = createRandom(made.seed);
      const down = made.outages.map(({ worker, at, ms }) => ({ worker, from: at, to: at + ms }));
      const begun = performance.now();
      const isDown = (worker: string) => {
        const now = performance.now() - begun;
        return down.some((one) => `w${one.worker}` === worker && now >= one.from && now < one.to);
      };
      const workers = new Workers(made.workers, made.concurrency, {
        latencyMs: () => 1 + random() * made.latencyMs,
        isNoticeLost: () => random() < made.lostNotices,
        failure: (worker) => (!isDown(worker) ? 'none' : random() < 0.5 ? 'lost' : 'late'),
        leaseMs: 3_000,
      });
      const alive = workers.all.map(({ source, slots }) =>
        keepAlive(workers.room, source, slots, { everyMs: 500, marginMs: 600 }),
      );
      let stopped = 0;
      let settled = 0;
      const done = made.jobs.map(async ({ worker, at, ms, priority, patienceMs }, number) => {
        await elapse(at);
        const stop = new AbortController();
        if (patienceMs !== null) setTimeout(() => stop.abort(), patienceMs);
        try {
          await workers.run(worker % made.workers, String(number), ms, priority, stop.signal);
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error;
          stopped++;
        }
        settled++;
      });
      // Long enough for all of them one after the other, after every outage.
      await vi.advanceTimersByTimeAsync(90_000);
      expect(settled).toBe(made.jobs.length);
      await Promise.all(done);
      expect(workers.most).toBeLessThanOrEqual(made.concurrency);
      expect(new Set(workers.log).size).toBe(workers.log.length);
      expect(workers.log.length + stopped).toBe(made.jobs.length);
      for (const end of alive) end();
      const closed = Promise.all(workers.all.map(({ slots }) => slots.close()));
      await vi.advanceTimersByTimeAsync(1_000);
      await closed;
      expect(workers.room.taken).toBe(0);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
