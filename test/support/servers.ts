import { onTestFinished } from 'vitest';
import type { Fault, FaultPlan } from '../servers/faults.ts';
import type { RunningServer } from '../servers/http-server.ts';

/** Closes a server when the test is over. */
export async function closing<Server extends RunningServer>(started: Promise<Server>): Promise<Server> {
  const server = await started;
  onTestFinished(() => server.close());
  return server;
}

/** Which of these words a request, an answer or a prompt speaks of. */
export function wordIn<Word extends string>(text: string, words: readonly Word[]): Word | undefined {
  return words.find((word) => new RegExp(`\\b${word}\\b`).test(text));
}

/**
 * Faults for the requests whose body speaks of a word.
 *
 * @param requests what the server has got so far
 * @param faults by word; looked up anew for every request, so that a server can recover
 */
export function faultsByWord(
  requests: () => RunningServer['requests'],
  faults: (request: RunningServer['requests'][number]) => Fault | undefined,
): FaultPlan {
  return ({ index }) => {
    const request = requests()[index];
    return request === undefined ? undefined : faults(request);
  };
}

/** The address of a port on which nobody listens (it was free a moment ago). */
export async function deadUrl(): Promise<string> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${address.port}`;
}
