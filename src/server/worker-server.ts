import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { messageOf, UsageError } from '../errors.ts';
import { cleanText } from '../models/redact.ts';

/** How a worker is, as probes and people are told it. */
export interface WorkerHealth {
  readonly ok: boolean;
  /** What is wrong, or on its way: empty when all is well. */
  readonly reasons: readonly string[];
  /** Counts and states beside it; nothing of a campaign beyond its counts. */
  readonly detail?: Readonly<Record<string, number | boolean | string>>;
}

/** What {@link serveWorkerStatus} serves, and where. */
export interface WorkerStatusOptions {
  /** The address to listen on: `127.0.0.1` for this machine alone, `0.0.0.0` or `::` for the network. */
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Whether the process does its work; asked at once, so it must not wait for anything. */
  readonly health: () => WorkerHealth;
  /** Whether it can take work: database reachable, not draining. */
  readonly readiness: () => Promise<WorkerHealth>;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
}

/** A running status server of a worker. */
export interface WorkerStatusServer {
  readonly url: string;
  /** Answers what has been asked and stops. */
  close(): Promise<void>;
}

/** The content type of Prometheus's text format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A probe that waits longer has given up by then. */
const READINESS_MS = 5_000;
/** How long answers under way are waited for when the server stops. */
const CLOSE_MS = 500;

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * Serves the state of a worker over HTTP: `GET /healthz` (is the process alive?), `/readyz` (can it take work?), both
 * 200 or 503 with the reasons as JSON, and `/metrics` for Prometheus. Nothing else, nothing of what campaigns hold.
 *
 * @throws {@link UsageError} `PORT_IN_USE` when it cannot listen there
 */
export async function serveWorkerStatus(options: WorkerStatusOptions): Promise<WorkerStatusServer> {
  const app = createStatusApp(options);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 },
    getRequestListener(app.fetch, {
      overrideGlobalObjects: false,
      errorHandler: () => new Response(null, { status: 400, headers: HEADERS }),
    }),
  );
  const { host } = options;
  const port = await listen(server, host, options.port);
  return { url: `http://${isIPv6(host) ? `[${host}]` : host}:${port}`, close: () => close(server) };
}

function createStatusApp({ health, readiness, metrics }: WorkerStatusOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      return context.json({ error: 'Only GET is answered.' }, 405, { ...HEADERS, allow: 'GET, HEAD' });
    }
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  });
  app.onError((error, context) => context.json({ error: cleanText(messageOf(error)) }, 500));
  app.notFound((context) => context.json({ error: 'There is: /healthz, /readyz, /metrics.' }, 404));
  app.get('/healthz', (context) => answer(context, health()));
  app.get('/readyz', async (context) => answer(context, await inTime(readiness)));
  app.get('/metrics', async (context) =>
    context.body(await metrics(), 200, { 'content-type': PROMETHEUS_TYPE }),
  );
  return app;
}

function answer(context: Context, { ok, reasons, detail }: WorkerHealth): Response {
  const said = { ok, reasons: reasons.map((reason) => cleanText(reason)), ...(detail && { detail }) };
  return context.json(said, ok ? 200 : 503);
}

/** What is asked, or that it took too long or failed: a probe gets an answer in any case. */
async function inTime(ask: () => Promise<WorkerHealth>): Promise<WorkerHealth> {
  const late = Promise.withResolvers<WorkerHealth>();
  const timer = setTimeout(
    () => late.resolve({ ok: false, reasons: [`No answer within ${READINESS_MS / 1_000} s.`] }),
    READINESS_MS,
  );
  try {
    return await Promise.race([ask(), late.promise]);
  } catch (error) {
    return { ok: false, reasons: [messageOf(error)] };
  } finally {
    clearTimeout(timer);
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new UsageError({
      code: 'PORT_IN_USE',
      message: `The port ${port} of ${host} cannot be used: ${messageOf(cause)}`,
      hint: 'Choose another one with --port; 0 stands for one that is free.',
      data: { host, port },
      cause,
    });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearTimeout(impatient);
}
