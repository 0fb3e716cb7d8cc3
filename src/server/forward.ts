import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** What is passed on of a request and of its answer. */
const REQUEST_HEADERS = ['accept', 'content-type', 'last-event-id'] as const;
const ANSWER_HEADERS = ['content-type', 'cache-control', 'content-disposition'] as const;

/** Nobody answers at the socket (any more): the process behind it has just ended. */
export class SocketGoneError extends Error {
  override readonly name = 'SocketGoneError';
}

/**
 * Has the process behind a socket answer a request.
 *
 * @param request as it came; let in already
 * @param sent its body, for POST
 * @throws {@link SocketGoneError} when there was no answer, so that it can be asked elsewhere
 */
export async function forward(
  request: Request,
  sent: string | undefined,
  socketPath: string,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = Object.fromEntries(
      REQUEST_HEADERS.flatMap((name) => {
        const value = request.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    const asked = httpRequest(
      { socketPath, path: `${pathname}${search}`, method: request.method, headers, signal: request.signal },
      resolve,
    );
    asked.on('error', (error) => reject(isGone(error) ? new SocketGoneError(error.message) : error));
    asked.end(sent);
  });
  const headers = new Headers();
  for (const name of ANSWER_HEADERS) {
    const value = answer.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const streams = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const body = streams ? Readable.toWeb(Readable.from(untilItEnds(answer))) : await readAll(answer);
  return new Response(body, { status: answer.statusCode ?? 502, headers });
}

/** A stream that breaks off with its process has ended: the browser asks anew. */
async function* untilItEnds(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* answer;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function readAll(answer: IncomingMessage): Promise<ArrayBuffer> {
  try {
    return await new Response(Readable.toWeb(answer)).arrayBuffer();
  } catch (error) {
    throw isGone(error) ? new SocketGoneError('The answer broke off.') : error;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE';
}
