import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type FaultPlan, inflict } from './faults.ts';

/** A request as a server got it. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON, else the text. */
  readonly body: unknown;
}

/** What a handler answers: `body` is sent as it is when it is bytes or text, else as JSON. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Stops in the middle of the body, whose whole length has been announced. */
  readonly cut?: Cut;
}

/** Where an answer stops, and how. */
export interface Cut {
  /** How many bytes of the body are sent. */
  readonly after: number;
  /** The connection ends, or nothing more comes until somebody gives up. */
  readonly by: 'end' | 'silence';
}

/** What every fake server can be told. */
export interface ServerOptions {
  /** How long every answer takes, in milliseconds. */
  readonly latencyMs?: number;
  /** What goes wrong, and when. */
  readonly faults?: FaultPlan;
}

/** A server that runs. */
export interface RunningServer {
  /** `http://127.0.0.1:…`, without a slash at the end. */
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly requests: RecordedRequest[];
  /** Resolves once so many requests for paths that begin so have come. */
  asked(path: string, times?: number): Promise<void>;
  /** The most requests that were in flight at once. */
  mostInFlight(): number;
  close(): Promise<void>;
}

/** Whether something is an {@link Answer} rather than plain content. */
export function isAnswer(value: unknown): value is Answer {
  return (
    typeof value === 'object' &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    ('status' in value || 'body' in value)
  );
}

/**
 * Starts a server on a free port of the loopback.
 *
 * @param handle answers a request; what it throws becomes a 500
 * @param upgrade takes over web socket handshakes
 */
export async function startHttpServer(
  handle: (request: RecordedRequest) => Answer | Promise<Answer>,
  { latencyMs = 0, faults }: ServerOptions = {},
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<RunningServer> {
  const requests: RecordedRequest[] = [];
  let waiting: { path: string; times: number; resolve: () => void }[] = [];
  const countOf = (path: string) => requests.filter((request) => request.path.startsWith(path)).length;
  let inFlight = 0;
  let mostInFlight = 0;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await record(incoming);
    const index = requests.push(request) - 1;
    for (const { path, times, resolve } of waiting) if (countOf(path) >= times) resolve();
    waiting = waiting.filter(({ path, times }) => countOf(path) < times);
    const fault = faults?.({ index, path: request.path });
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    try {
      if (latencyMs > 0) await delay(latencyMs);
      const answer = fault === undefined || fault === 'truncated' ? await handle(request) : {};
      if (fault !== undefined && (await inflict(fault, response, toBytes(answer)))) return;
      send(response, fault === undefined || fault === 'truncated' ? answer : await handle(request));
    } finally {
      inFlight--;
    }
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => send(response, { status: 500, body: String(error) }));
  });
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    asked: (path, times = 1) =>
      countOf(path) >= times
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ path, times, resolve })),
    mostInFlight: () => mostInFlight,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: parse(text),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every request has a body of JSON.
    return text;
  }
}

function toBytes({ body = '' }: Answer): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return ArrayBuffer.isView(body)
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.from(JSON.stringify(body));
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { status = 200, headers = {}, body, cut } = answer;
  const type =
    typeof body === 'string'
      ? 'text/plain'
      : ArrayBuffer.isView(body)
        ? 'application/octet-stream'
        : 'application/json';
  const bytes = toBytes(answer);
  const length = headers['transfer-encoding'] === undefined ? { 'content-length': bytes.byteLength } : {};
  response.writeHead(status, { 'content-type': type, ...length, ...headers });
  if (cut === undefined) {
    response.end(bytes);
    return;
  }
  response.flushHeaders();
  response.write(bytes.subarray(0, cut.after), () => {
    if (cut.by === 'end') response.socket?.end();
  });
}
