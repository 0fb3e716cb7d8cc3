import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

/** A body of pieces of one byte, and how many have been taken from it. */
function bodyOf(pieces: number, error?: Error) {
  const seen = { taken: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (seen.taken < pieces) controller.enqueue(Uint8Array.of(seen.taken++));
        else if (error === undefined) controller.close();
        else controller.error(error);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

describe('readAhead', () => {
  it('gives everything that came before the body broke off, and then the error', async () => {
    const { body, seen } = bodyOf(3, new Error('broke off'));
    const bytes = readAhead(body);
    await settled();
    expect(seen.taken).toBe(3);
    for (const byte of [0, 1, 2]) expect(await bytes.next()).toEqual(Uint8Array.of(byte));
    await expect(bytes.next()).rejects.toThrow('broke off');
    await bytes.stop();
  });

  it('takes no more than may wait', async () => {
    const { body, seen } = bodyOf(100);
    const bytes = readAhead(body, 5);
    await settled();
    expect(seen.taken).toBe(5);
    for (let byte = 0; byte < 100; byte++) expect(await bytes.next()).toEqual(Uint8Array.of(byte));
    expect(await bytes.next()).toBeUndefined();
    await bytes.stop();
  });

  it.each([0, 1, 5])('ends when it is told to, after %i pieces', async (read) => {
    const { body, seen } = bodyOf(100);
    const bytes = readAhead(body, 5);
    for (let piece = 0; piece < read; piece++) await bytes.next();
    await settled();
    await bytes.stop();
    expect(seen.cancelled).toBe(true);
  });

  it('takes no body for an empty one', async () => {
    const bytes = readAhead(null);
    expect(await bytes.next()).toBeUndefined();
    await bytes.stop();
  });
});
