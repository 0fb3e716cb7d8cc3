import { resolve } from 'node:path';
import type { Command } from 'commander';
import { askCampaign, type StopWish, untilSetAside } from '../campaign/ask-campaign.ts';
import { patientStoring } from '../campaign/storing.ts';
import { UsageError } from '../errors.ts';
import { askOnSocket } from '../server/ask-on-socket.ts';
import { findRunSocket } from '../server/run-socket.ts';
import type { CampaignStatus } from '../store/schema.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from './options.ts';

/** How the words of `art pause` and `art cancel` differ. */
export interface StopWords {
  readonly wish: StopWish;
  readonly summary: string;
  readonly description: string;
  /** What is said when it is done. */
  readonly done: string;
}

/** `art pause` and `art cancel`. */
export function stopCommand(name: string, words: StopWords): Command {
  return artCommand(name)
    .summary(words.summary)
    .description(words.description)
    .argument('[campaign]', 'its id or name', 'latest')
    .option('--no-wait', 'do not wait until what is in flight is stored')
    .action((idOrName: string, options: StopOptions) => stopCampaign(idOrName, options, words));
}

interface StopOptions extends CommonOptions {
  readonly wait: boolean;
}

async function stopCampaign(idOrName: string, options: StopOptions, words: StopWords): Promise<void> {
  const socket = options.database === undefined ? findRunSocket(resolve(options.dataDir)) : undefined;
  if (socket !== undefined) {
    // The process that works in the folder is alone in it, and does it itself.
    const campaign = await askOnSocket(socket, { campaign: idOrName, wish: words.wish, wait: options.wait });
    return tell(campaign, words, options);
  }
  const store = await requireStore(options, words.wish);
  try {
    const campaign = await requireCampaign(store, idOrName);
    if (campaign.status === 'done' || campaign.status === 'cancelled') {
      throw new UsageError({
        code: 'CAMPAIGN_OVER',
        message: `The campaign ${campaign.id} is ${campaign.status} already.`,
        data: { campaign: campaign.id, status: campaign.status },
      });
    }
    await askCampaign(store, campaign, words.wish);
    const stop = AbortSignal.timeout(LONGEST_WAIT_MS);
    const storing = patientStoring({
      now: () => performance.now(),
      stop,
      onOutage: (message) => process.stderr.write(`${message} What was asked for is recorded.\n`),
    });
    const status = options.wait ? await untilSetAside(store, campaign.id, stop, storing) : 'running';
    tell({ id: campaign.id, status }, words, options);
  } finally {
    await store.close();
  }
}

/** A request that is in flight may take as long as its timeout. */
const LONGEST_WAIT_MS = 10 * 60_000;

function tell(
  { id, status }: { readonly id: string; readonly status: CampaignStatus },
  words: StopWords,
  options: StopOptions,
): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ campaign: id, status, asked: words.wish })}\n`);
    return;
  }
  const said =
    status === 'running'
      ? 'It has been asked for; what is in flight is finished first.'
      : `${status === 'paused' || status === 'cancelled' ? words.done : `It is ${status}.`}`;
  process.stdout.write(`${id}: ${said}\n`);
  if (status === 'paused') process.stdout.write(`Go on with: art resume ${id}${locationFlags(options)}\n`);
}
