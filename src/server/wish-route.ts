import type { Hono } from 'hono';
import { z } from 'zod';
import { askCampaign, untilSetAside } from '../campaign/ask-campaign.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';

const wishSchema = z.strictObject({
  campaign: z.string().max(500),
  wish: z.enum(['pause', 'cancel']),
  wait: z.boolean(),
});

/** Waiting for requests in flight ends here; what was asked for holds. */
const LONGEST_WAIT_MS = 10 * 60_000;

/**
 * Takes what `art pause` and `art cancel` ask of the process that works in a data folder. For the socket alone, which
 * only the same user can open.
 *
 * @param running the campaign that this process works on
 * @returns waits until what was asked has been answered; whether anything was
 */
export function addWishRoute(api: Hono, store: Store, running: string | undefined): () => Promise<boolean> {
  const answering = new Set<Promise<unknown>>();
  api.use('/wish', async (_context, next) => {
    const answered = next();
    answering.add(answered);
    await answered.finally(() => answering.delete(answered));
  });
  api.post('/wish', async (context) => {
    const parsed = wishSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!parsed.success) return context.json({ message: 'That is no wish.' }, 400);
    const { campaign: idOrName, wish, wait } = parsed.data;
    const campaign = await findCampaign(store.database, idOrName);
    if (campaign === undefined || campaign.id !== running) {
      return context.json(
        {
          message: `The process that holds the data folder does not work on "${idOrName}"${running === undefined ? '' : `, but on ${running}`}.`,
          hint: 'See art status.',
        },
        409,
      );
    }
    await askCampaign(store, campaign, wish, true);
    const status = wait
      ? await untilSetAside(
          store,
          campaign.id,
          AbortSignal.any([AbortSignal.timeout(LONGEST_WAIT_MS), context.req.raw.signal]),
        )
      : 'running';
    return context.json({ id: campaign.id, status });
  });
  return async () => (await Promise.allSettled(answering)).length > 0;
}
