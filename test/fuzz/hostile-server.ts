import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';

/** What a server that means no good answers. */
export interface HostileAnswer {
  readonly status: number;
  /** As they go over the wire. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The length is announced as this many bytes more than there are, and the connection ends. */
  readonly missing?: number;
  /** Nothing comes after the headers. */
  readonly silent?: boolean;
  /** The connection is reset. */
  readonly reset?: boolean;
}

/** A server whose answers are made anew for each case. */
export interface HostileServer {
  readonly url: string;
  /** Says what is answered from now on; a request that was told nothing gets a 404. */
  answer(make: (request: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }) => HostileAnswer): void;
  /** What is said over web sockets as soon as they are open. */
  say(messages: readonly (string | Buffer)[]): void;
  close(): Promise<void>;
} // biome-ignore format: wide

/** Starts it on a free port of the loopback. */
export async function startHostileServer(): Promise<HostileServer> {
  let make: Parameters<HostileServer['answer']>[0] = () => ({
    status: 404,
    headers: {},
    body: Buffer.from(''),
  });
  let messages: readonly (string | Buffer)[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      try {
        const { method = 'GET', url = '/', headers } = request;
        send(response, make({ method, path: url.split('?')[0] ?? '/', headers }));
      } catch {
        // Headers that Node itself does not send: nothing is sent.
        response.destroy();
      }
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  const web = new WebSocketServer({ server, path: '/ws' });
  web.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    for (const message of messages) socket.send(message);
  });
  web.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    answer: (made) => {
      make = made;
    },
    say: (said) => {
      messages = said;
    },
    async close() {
      for (const client of web.clients) client.terminate();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, answer: HostileAnswer): void {
  if (answer.reset === true) return void response.destroy();
  const { status, headers, body, missing = 0, silent } = answer;
  const isBodiless = status === 204 || status === 304;
  const lengths = isBodiless ? {} : { 'content-length': String(body.length + missing) };
  response.writeHead(status, { ...lengths, ...headers });
  response.flushHeaders();
  if (silent === true) return;
  if (missing === 0) response.end(isBodiless ? undefined : body);
  else response.write(body, () => response.destroy());
}
