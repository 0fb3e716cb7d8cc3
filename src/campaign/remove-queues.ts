import { messageOf } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import { JOB_KINDS, openJobDatabase } from './queue.ts';

/**
 * Removes whatever is queued of a campaign, and its queues, whichever there are.
 *
 * @param onWarning hears what goes wrong in the maintenance of the queues
 */
export async function removeQueues(
  store: Store,
  campaignId: string,
  onWarning: (message: string) => void,
): Promise<void> {
  const jobs = await openJobDatabase(store, (error) => onWarning(messageOf(error)));
  try {
    const names = JOB_KINDS.map((kind) => `${kind}/${campaignId}`);
    for (const { name } of await jobs.boss.getQueues()) {
      if (names.some((own) => name === own || name.startsWith(`${own}/`))) await jobs.boss.deleteQueue(name);
    }
  } finally {
    await jobs.close();
  }
}
