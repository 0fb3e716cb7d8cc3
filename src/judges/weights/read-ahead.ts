/** As much as waits for a slow disk; beyond that the network has to wait. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** A body that is read as it comes. */
export interface ReadAhead {
  /**
   * The next bytes; `undefined` at the end.
   *
   * @throws what the body throws, after everything that came before it
   */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the reading, and gives the connection back. */
  stop(): Promise<void>;
}

/**
 * Begins to read a body. `fetch` throws away what nobody has read when the connection breaks: here what has
 * come is not lost.
 *
 * It also keeps undici's parser from standing still while a connection ends, with which undici 7 ends the
 * process (nodejs/undici#5360).
 */
export function readAhead(
  body: ReadableStream<Uint8Array> | null,
  mostWaitingBytes = MOST_WAITING_BYTES,
): ReadAhead {
  const reader = body?.getReader();
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let end: { readonly error?: unknown } | undefined;
  // Only one side waits at a time: the reading while there is too much, the reader while there is nothing.
  let wake = () => {};
  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  const pump = async (): Promise<void> => {
    try {
      while (end === undefined) {
        const next = await reader?.read();
        if (next === undefined || next.done) break;
        waiting.push(next.value);
        waitingBytes += next.value.byteLength;
        wake();
        while (waitingBytes >= mostWaitingBytes && end === undefined) await change();
      }
      end ??= {};
    } catch (error) {
      end ??= { error };
    }
    wake();
  };
  const pumping = pump();

  return {
    async next() {
      while (waiting.length === 0 && end === undefined) await change();
      const bytes = waiting.shift();
      if (bytes === undefined && end !== undefined && 'error' in end) throw end.error;
      waitingBytes -= bytes?.byteLength ?? 0;
      wake();
      return bytes;
    },
    async stop() {
      end ??= {};
      wake();
      // One that broke off by itself was told of by `next`.
      await reader?.cancel().catch(() => undefined);
      await pumping;
    },
  };
}
