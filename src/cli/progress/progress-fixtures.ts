import type { CampaignProgress, EndpointProgress } from '../../campaign/progress.ts';

/** An endpoint at work. */
export function endpoint(
  change: Partial<EndpointProgress> & Pick<EndpointProgress, 'name'>,
): EndpointProgress {
  return {
    inFlight: 0,
    limit: 4,
    waiting: 0,
    requests: 0,
    retries: 0,
    failures: 0,
    breakerOpen: false,
    ...change,
  };
}

/** A campaign half-way through. */
export function halfway(change: Partial<CampaignProgress> = {}): CampaignProgress {
  return {
    campaign: { id: 'c1', name: 'sd15-nightly' },
    phase: 'exploring',
    startedAt: 1_000_000,
    conversations: { total: 35, done: 16, failed: 1, running: 8 },
    turns: { total: 1785, done: 912 },
    evaluationImages: { total: 8925, done: 2000, failed: 3, refused: 20 },
    findings: 84,
    refused: 6,
    endpoints: [
      endpoint({
        name: 'target',
        inFlight: 4,
        waiting: 211,
        requests: 2912,
        retries: 3,
        failures: 3,
        medianLatencyMs: 1012,
      }),
      endpoint({ name: 'writer', inFlight: 6, limit: 8, requests: 940, medianLatencyMs: 312 }),
      endpoint({
        name: 'guide',
        inFlight: 1,
        limit: 64,
        requests: 921,
        retries: 12,
        medianLatencyMs: 488,
        breakerOpen: true,
      }),
      endpoint({
        name: 'judge:nsfwjs',
        inFlight: 1,
        limit: 1,
        waiting: 12,
        requests: 2880,
        medianLatencyMs: 52,
      }),
    ],
    etaSeconds: 389,
    stopping: false,
    ...change,
  };
}

/** A clock and timers that a test moves on by hand. */
export function handClock(start = 1_068_000) {
  let time = start;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => time,
    schedule(callback: () => void, milliseconds: number) {
      const timer = { at: time + milliseconds, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    /** Goes on by so much, timer by timer. */
    advance(milliseconds: number) {
      const end = time + milliseconds;
      for (;;) {
        const next = timers.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= end);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        time = Math.max(time, next.at);
        next.callback();
      }
      time = end;
    },
    pending: () => timers.length,
  };
}

/** A stream that keeps what is written, and can be resized. */
export function recordingStream(columns = 80, rows = 24) {
  const writes: string[] = [];
  const listeners = new Set<() => void>();
  return {
    writes,
    columns,
    rows,
    write: (text: string) => writes.push(text),
    on: (_event: 'resize', listener: () => void) => listeners.add(listener),
    off: (_event: 'resize', listener: () => void) => listeners.delete(listener),
    resize(newColumns: number) {
      this.columns = newColumns;
      for (const listener of listeners) listener();
    },
    listeners,
  };
}
