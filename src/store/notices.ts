import { messageOf } from '../errors.ts';

/** What workers tell each other: a hint to look, never the only way to learn something. */
export interface Notice {
  readonly kind: 'slot free' | 'slot wanted' | 'pause';
  readonly endpoint: string;
  /** Who says it. */
  readonly worker: string;
  /** Of what is waiting, where a slot is wanted. */
  readonly priority?: number;
  /** How long the endpoint wants to be left alone, in milliseconds. */
  readonly pauseMs?: number;
  /** Whom free slots are meant for; default: anybody. */
  readonly to?: readonly string[];
}

/** Sends and hears notices. */
export interface Notices {
  send(notice: Notice): void;
  /** @returns what ends the listening */
  listen(listener: (notice: Notice) => void): () => void;
  close(): Promise<void>;
}

/** Where notices are heard. */
export const NOTICES_CHANNEL = 'art_notices';
const RECONNECT_MS = 2_000;

/**
 * Notices over LISTEN and NOTIFY of a PostgreSQL server, on a connection of their own. While it is lost nothing is
 * heard, and nothing depends on it.
 *
 * @param onProblem hears why it is lost
 */
export async function openNotices(
  connectionString: string,
  onProblem: (message: string) => void,
): Promise<Notices> {
  const { Client } = (await import('pg')).default;
  const listeners = new Set<(notice: Notice) => void>();
  let client: InstanceType<typeof Client> | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const lose = (lost: InstanceType<typeof Client>, why: unknown) => {
    if (client !== lost) return;
    client = undefined;
    lost.end().catch(() => undefined);
    if (closed) return;
    onProblem(`Notices of other workers are not heard: ${messageOf(why)}`);
    timer = setTimeout(() => void connect(), RECONNECT_MS);
    timer.unref();
  };
  const connect = async () => {
    if (closed) return;
    const fresh = new Client({
      connectionString,
      application_name: 'art notices',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    client = fresh;
    fresh.on('error', (error) => lose(fresh, error));
    fresh.on('end', () => lose(fresh, new Error('the connection has ended')));
    fresh.on('notification', ({ payload }) => {
      const notice = parseNotice(payload);
      if (notice !== undefined) for (const listener of listeners) listener(notice);
    });
    try {
      await fresh.connect();
      await fresh.query(`listen ${NOTICES_CHANNEL}`);
    } catch (error) {
      lose(fresh, error);
    }
  };
  await connect();
  return {
    send(notice) {
      const to = client;
      to?.query('select pg_notify($1, $2)', [NOTICES_CHANNEL, JSON.stringify(notice)]).catch(
        (error: unknown) => lose(to, error),
      );
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      // A connection that is cut off would wait for the system's patience, or for ever. The timer keeps the process
      // meanwhile: without it, a worker that leaves would end here, before it has said that it is done.
      const patience = Promise.withResolvers<void>();
      const timeout = setTimeout(patience.resolve, 1_000);
      await Promise.race([last?.end().catch(() => undefined), patience.promise]);
      clearTimeout(timeout);
    },
  };
}

function parseNotice(payload: string | undefined): Notice | undefined {
  try {
    const value: unknown = JSON.parse(payload ?? '');
    return isNotice(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isNotice(value: unknown): value is Notice {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'slot free' || value.kind === 'slot wanted' || value.kind === 'pause') &&
    'endpoint' in value &&
    typeof value.endpoint === 'string' &&
    'worker' in value &&
    typeof value.worker === 'string' &&
    (!('to' in value) || Array.isArray(value.to))
  );
}
