import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ViewProgress } from '../../../src/report/view-model.ts';
import { watchProgress } from './watch-progress.ts';

const PROGRESS: ViewProgress = {
  campaign: 'one',
  status: 'running',
  conversations: { total: 2, done: 0, failed: 0 },
  turns: { total: 10, played: 3 },
  images: { total: 50, done: 0 },
  version: 'a',
};

/** A stream as a browser has it; the test plays the server. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static readonly opened: Stream[] = [];
  readyState = 1;
  readonly address: string;

  constructor(address: string) {
    super();
    this.address = address;
    Stream.opened.push(this);
  }

  send(progress: ViewProgress): void {
    this.dispatchEvent(new MessageEvent('progress', { data: JSON.stringify(progress) }));
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }
}

class Page extends EventTarget {
  hidden = false;

  turn(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let page: Page;
let asked: string[];
let answer: () => Response;
const heard: ViewProgress[] = [];
const connections: boolean[] = [];
const open = () => Stream.opened.filter(({ readyState }) => readyState !== Stream.CLOSED);
const watch = () =>
  watchProgress('api/campaigns/one', {
    onProgress: (progress) => heard.push(progress),
    onConnection: (connected) => connections.push(connected),
  });

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  asked = [];
  heard.length = 0;
  connections.length = 0;
  Stream.opened.length = 0;
  answer = () => Response.json({ ...PROGRESS, status: 'done' });
  vi.stubGlobal('document', page);
  vi.stubGlobal('EventSource', Stream);
  vi.stubGlobal('fetch', async (address: string) => {
    asked.push(address);
    return answer();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('holds a stream while the campaign runs, and none afterwards', async () => {
  const end = watch();
  expect(open().map(({ address }) => address)).toEqual(['api/campaigns/one/events']);
  open()[0]?.send(PROGRESS);
  expect(open()).toHaveLength(1);
  open()[0]?.send({ ...PROGRESS, status: 'done' });
  expect(open()).toEqual([]);
  expect(heard.map(({ status }) => status)).toEqual(['running', 'done']);

  await vi.advanceTimersByTimeAsync(7_000);
  expect(asked).toEqual(['api/campaigns/one/progress', 'api/campaigns/one/progress']);
  // Somebody has resumed it.
  answer = () => Response.json(PROGRESS);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(open()).toHaveLength(1);
  end();
  expect(open()).toEqual([]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toHaveLength(3);
});

it('asks for nothing while the page is hidden', async () => {
  watch();
  page.turn(true);
  expect(open()).toEqual([]);
  page.turn(false);
  expect(open()).toHaveLength(1);
  open()[0]?.send({ ...PROGRESS, status: 'done' });
  page.turn(true);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toEqual([]);
});

it('says that nobody answers any more, and that somebody does again', async () => {
  watch();
  open()[0]?.send(PROGRESS);
  open()[0]?.fail(0);
  await vi.advanceTimersByTimeAsync(1_000);
  // The browser has taken it up again by itself: that was nothing.
  open()[0]?.dispatchEvent(new Event('open'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(connections).toEqual([]);

  open()[0]?.fail(Stream.CLOSED);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(connections).toEqual([false]);
  open()[0]?.send({ ...PROGRESS, status: 'interrupted' });
  expect(connections).toEqual([false, true]);

  answer = () => new Response('{}', { status: 503 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(connections).toEqual([false, true]);
  answer = () => {
    throw new TypeError('Failed to fetch');
  };
  await vi.advanceTimersByTimeAsync(3_000);
  expect(connections).toEqual([false, true, false]);
});
