import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { messageOf, UsageError } from '../errors.ts';
import { requireAccess, startLink } from './access.ts';
import { refuse } from './api.ts';
import type { DataSource } from './data-source.ts';
import { refuseRequest } from './gate.ts';
import { LARGEST_BODY } from './label-input.ts';
import { NOTHING_THERE, type Refusal, refusalOf, TOO_LARGE } from './refusal.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { StaticFile } from './static-files.ts';

/** What {@link startViewServer} serves, and where. */
export interface ViewServerOptions {
  readonly source: DataSource;
  /** The app, by path. */
  readonly files: ReadonlyMap<string, StaticFile>;
  /** A port of 127.0.0.1; default: {@link DEFAULT_PORT}, or a free one where that is taken. */
  readonly port?: number | undefined;
  /** 32 random bytes as base64url; default: new ones. */
  readonly token?: string;
  readonly onProblem?: (error: unknown) => void;
}

/** A running server of `art view`. */
export interface ViewServer {
  readonly port: number;
  /**
   * The link that lets a browser in.
   *
   * @param campaign that the pages begin with, by its id; otherwise the newest
   */
  link(campaign?: string): string;
  close(): Promise<void>;
}

export const DEFAULT_PORT = 4747;

/** Loopback, whatever happens: there is no option for another. */
const HOST = '127.0.0.1';

/**
 * Starts the server of `art view` on 127.0.0.1. It answers only under its own name, only its own pages, only
 * with the token.
 *
 * @throws {@link UsageError} `PORT_IN_USE`
 */
export async function startViewServer(options: ViewServerOptions): Promise<ViewServer> {
  const token = options.token ?? randomBytes(32).toString('base64url');
  let app: Hono | undefined;
  let port = 0;
  const answer = getRequestListener((request) => app?.fetch(request) ?? new Response(null, { status: 503 }), {
    overrideGlobalObjects: false,
    errorHandler: () => new Response(null, { status: 400, headers: SECURITY_HEADERS }),
  });
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    (incoming, outgoing) => {
      // Before anything makes an address of what was sent.
      const refusal = refuseRequest(incoming, port);
      if (refusal === undefined) return answer(incoming, outgoing);
      turnAway(outgoing, refusal);
    },
  );
  port = await listen(server, options.port);
  app = createViewApp({ ...options, access: { token, port } });
  return {
    port,
    link: (campaign) => startLink({ token, port }, campaign),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function turnAway(outgoing: ServerResponse, { status, ...told }: Refusal): void {
  const headers = { ...SECURITY_HEADERS, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  outgoing.writeHead(status, { ...headers, Connection: 'close' }).end(JSON.stringify(told));
}

function createViewApp({
  source,
  files,
  access,
  onProblem,
}: ViewServerOptions & { readonly access: { readonly token: string; readonly port: number } }) {
  const app = new Hono();
  app.onError((error, context) => {
    // Who scrolls on has given up the pictures that were passed: nothing is wrong.
    if (!context.req.raw.signal.aborted) onProblem?.(error);
    return refuse(context, refusalOf(error));
  });
  app.notFound((context) => refuse(context, NOTHING_THERE));
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  app.use(requireAccess(access));
  app.use(
    bodyLimit({
      maxSize: LARGEST_BODY,
      onError: (context) => refuse(context, TOO_LARGE),
    }),
  );
  for (const path of ['/api/*', '/pictures/*', '/thumbnails/*']) {
    app.all(path, (context) => source.answer(context.req.raw));
  }
  app.get('*', (context) => {
    const file = files.get(context.req.path);
    if (file === undefined) return refuse(context, NOTHING_THERE);
    return context.body(file.bytes, 200, { 'Content-Type': file.contentType, 'Cache-Control': 'no-cache' });
  });
  return app;
}

async function listen(server: Server, port: number | undefined): Promise<number> {
  try {
    return await listenOn(server, port ?? DEFAULT_PORT);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (port === undefined && (code === 'EADDRINUSE' || code === 'EACCES')) return await listenOn(server, 0);
    throw new UsageError({
      code: 'PORT_IN_USE',
      message: `The port ${port ?? DEFAULT_PORT} of ${HOST} cannot be used: ${messageOf(cause)}`,
      hint: 'Choose another one with --port, or leave it out for one that is free.',
      data: { port },
      cause,
    });
  }
}

async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
