import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A proxy between a client and a server, as the network between them: it can be cut, held up and slow. */
export interface TcpProxy {
  /** Stays the same. */
  readonly port: number;
  /** How many connections have been made through it. */
  connections(): number;
  /** Resets every connection; new ones are taken. */
  cut(): void;
  /** Resets every connection and refuses new ones, as a server that is gone does. */
  down(): Promise<void>;
  /** Takes connections again. */
  up(): Promise<void>;
  /** Passes nothing on, either way, without closing anything: a network partition. New connections hang as well. */
  stall(): void;
  /** Passes on what came meanwhile, and what comes. */
  flow(): void;
  /** Passes everything on so many milliseconds late. */
  slow(ms: number): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy to a port of 127.0.0.1.
 *
 * @param host the address that it listens on
 */
export async function startTcpProxy(targetPort: number, host = '127.0.0.1'): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  let latencyMs = 0;
  let flowing = Promise.withResolvers<void>();
  flowing.resolve();

  /** Passes one direction on, in order, each piece when the network lets it. */
  const pass = async (from: Socket, to: Socket) => {
    try {
      for await (const piece of from) {
        if (latencyMs > 0) await delay(latencyMs);
        await flowing.promise;
        if (to.destroyed) return;
        if (!to.write(piece))
          await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      }
      await flowing.promise;
      to.end();
    } catch {
      // One side was reset: the other learns of it in the same way, unless nothing gets through.
      await flowing.promise;
      to.resetAndDestroy();
    }
  };
  const take = async (client: Socket) => {
    count++;
    sockets.add(client);
    // What goes wrong shows in `pass`.
    client.on('error', () => undefined).on('close', () => sockets.delete(client));
    await flowing.promise;
    if (client.destroyed) return;
    const server = connect(targetPort, '127.0.0.1');
    sockets.add(server);
    server.on('error', () => client.resetAndDestroy()).on('close', () => sockets.delete(server));
    void pass(client, server);
    void pass(server, client);
  };
  const open = async (port: number): Promise<Server> => {
    const server = createServer((client) => void take(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    return server;
  };
  let listener: Server | undefined = await open(0);
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const { port } = address;

  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const down = async () => {
    const closing = listener;
    listener = undefined;
    const closed = new Promise((resolve) =>
      closing === undefined ? resolve(undefined) : closing.close(resolve),
    );
    cut();
    await closed;
  };
  return {
    port,
    connections: () => count,
    cut,
    down,
    async up() {
      listener ??= await open(port);
    },
    stall() {
      flowing = Promise.withResolvers();
    },
    flow: () => flowing.resolve(),
    slow(ms) {
      latencyMs = ms;
    },
    async close() {
      flowing.resolve();
      await down();
    },
  };
}
