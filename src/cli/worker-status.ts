import { sql } from 'drizzle-orm';
import type { Membership } from '../campaign/membership.ts';
import { messageOf } from '../errors.ts';
import { serveWorkerStatus, type WorkerHealth, type WorkerStatusServer } from '../server/worker-server.ts';
import { chainOf } from '../store/disk-full.ts';
import type { Store } from '../store/open-store.ts';
import { DEAD_AFTER_SECONDS } from '../store/workers.ts';
import { prometheusMetrics } from '../telemetry/metrics-provider.ts';

/** A worker that could not reach its database for so long is restarted rather than waited for. */
const UNHEALTHY_AFTER_SECONDS = 20 * 60;

/** How long what is known of the place of the images holds, and how long it may take to answer. */
const IMAGES_KNOWN_MS = 30_000;
const IMAGES_PATIENCE_MS = 3_000;

/** Whether the place of the images answers; object stores take money for each question, so it is asked seldom. */
function probeImages({ images }: Store): () => Promise<readonly string[]> {
  let asked: { readonly at: number; readonly problems: Promise<readonly string[]> } | undefined;
  const ask = async (): Promise<readonly string[]> => {
    try {
      await images.readMarker({ signal: AbortSignal.timeout(IMAGES_PATIENCE_MS) });
      return [];
    } catch (error) {
      return [`The images in ${images.location} cannot be had: ${messageOf(chainOf(error).at(-1))}`];
    }
  };
  return () => {
    if (asked === undefined || performance.now() - asked.at > IMAGES_KNOWN_MS)
      asked = { at: performance.now(), problems: ask() };
    return asked.problems;
  };
}

/** Serves a worker's status where a port is given for it. */
export async function serveStatusOf(
  store: Store,
  membership: Membership,
  { host, port }: { readonly host: string; readonly port?: number },
): Promise<WorkerStatusServer | undefined> {
  if (port === undefined) return undefined;
  const detail = () => ({
    silentSeconds: Math.round(membership.silentMs / 1_000),
    draining: membership.draining,
  });
  const health = (): WorkerHealth => {
    const ok = membership.silentMs < UNHEALTHY_AFTER_SECONDS * 1_000;
    const reasons = ok ? [] : ['The database has not taken a heartbeat for a long time.'];
    return { ok, reasons, detail: detail() };
  };
  const imagesProblem = probeImages(store);
  const readiness = async (): Promise<WorkerHealth> => {
    const reasons = [
      ...(membership.draining ? ['It is draining.'] : []),
      ...(membership.silentMs > DEAD_AFTER_SECONDS * 1_000
        ? ['The database has not taken a heartbeat lately.']
        : []),
      ...(await store.database.execute(sql`select 1`).then(
        () => [],
        (error: unknown) => [`The database does not answer: ${messageOf(chainOf(error).at(-1))}`],
      )),
      ...(await imagesProblem()),
    ];
    return { ok: reasons.length === 0, reasons, detail: detail() };
  };
  return await serveWorkerStatus({ host, port, health, readiness, metrics: prometheusMetrics });
}
