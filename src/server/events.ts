import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { ArtError } from '../errors.ts';
import type { ViewProgress } from '../report/view-model.ts';

/** How {@link streamProgress} behaves. */
export interface ProgressStream {
  /** Milliseconds from one look to the next. */
  readonly pollMs: number;
  /** `false` once another process answers for the data: the stream ends, and the browser asks anew. */
  readonly stillHere: () => boolean;
  /** Hears why a stream has broken off. */
  readonly onProblem: (error: unknown) => void;
}

/** How soon a browser asks anew when a stream has ended. */
const RETRY_MS = 1_000;
/** So that a connection that is gone is noticed, and nothing between takes it for one that sleeps. */
const HEARTBEAT_MS = 15_000;

/**
 * Sends how far a campaign is as server-sent events, `progress`, at once and whenever it has changed.
 *
 * @param look asks how far it is; while another command holds the data folder, the last answer stands
 */
export function streamProgress(
  context: Context,
  look: () => Promise<ViewProgress>,
  { pollMs, stillHere, onProblem }: ProgressStream,
): Response {
  return streamSSE(context, async (stream) => {
    let last = '';
    let quietMs = 0;
    await stream.write(`retry: ${RETRY_MS}\n\n`);
    while (!stream.aborted && stillHere()) {
      let data: string | undefined;
      try {
        data = await lookOrWait(look);
      } catch (error) {
        // Told here, as Hono would print it as it is, and send it. The browser asks anew.
        onProblem(error);
        return;
      }
      if (data !== undefined && data !== last) {
        last = data;
        quietMs = 0;
        await stream.writeSSE({ event: 'progress', data });
      } else if (quietMs >= HEARTBEAT_MS) {
        quietMs = 0;
        await stream.write(': still here\n\n');
      }
      await stream.sleep(pollMs);
      quietMs += pollMs;
    }
  });
}

async function lookOrWait(look: () => Promise<ViewProgress>): Promise<string | undefined> {
  try {
    return JSON.stringify(await look());
  } catch (error) {
    if (error instanceof ArtError && error.code === 'DATA_FOLDER_IN_USE') return undefined;
    throw error;
  }
}
