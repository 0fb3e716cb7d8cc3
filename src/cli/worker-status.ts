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
    ];
    return { ok: reasons.length === 0, reasons, detail: detail() };
  };
  return await serveWorkerStatus({ host, port, health, readiness, metrics: prometheusMetrics });
}
