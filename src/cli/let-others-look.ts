import { messageOf } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { openLog } from './log.ts';

/**
 * Does something that takes a while with a campaign; meanwhile `art view` in another terminal can look at it. What
 * goes wrong with that stands in the log and changes nothing else.
 *
 * @param campaign that is worked on
 * @param drawing whether it is running, and not only judged
 */
export async function whileOthersLook<T>(
  store: Store,
  campaign: CampaignRow,
  drawing: boolean,
  work: () => Promise<T>,
): Promise<T> {
  const note = (problem: string) => {
    const log = openLog(store.dataDir, campaign.id, () => undefined);
    log.warn(problem);
    log.close();
  };
  // Not waited for: the campaign begins at once.
  const opening = import('../server/run-socket.ts')
    .then(({ serveOnSocket }) => serveOnSocket(store, drawing ? campaign.id : undefined, note))
    .catch((error: unknown) => {
      note(`art view cannot look at this campaign: ${messageOf(error)}`);
      return undefined;
    });
  try {
    return await work();
  } finally {
    const socket = await opening;
    await socket?.close().catch((error: unknown) => note(messageOf(error)));
  }
}
