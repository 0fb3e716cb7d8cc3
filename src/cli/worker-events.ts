import { refusalText, type ServeEvents } from '../campaign/serve-campaigns.ts';
import type { CampaignRow } from '../store/schema.ts';
import type { WorkerLog } from './worker-log.ts';

/**
 * Tells in a worker's log what happens to campaigns, each line with the campaign's id.
 *
 * @param onBroken hears at which campaign the worker has failed
 */
export function workerEvents(log: WorkerLog, onBroken: (campaignId: string) => void): ServeEvents {
  const named = ({ id, name }: CampaignRow) => `${name} (${id})`;
  return {
    takenUp: (campaign) => log.say(`Takes up ${named(campaign)}.`, { campaign: campaign.id }),
    left: (campaign, { status, ending, counts }) => {
      const why =
        status === 'interrupted'
          ? 'other workers go on, or the next one'
          : [status, ending].filter(Boolean).join(': ');
      log.say(`Leaves ${named(campaign)}: ${why}`, { campaign: campaign.id, status, turns: counts.turns });
    },
    refused: (campaign, error) =>
      log.problem(`${named(campaign)} cannot be served here: ${refusalText(error)}`, {
        campaign: campaign.id,
        code: error.code,
      }),
    warning: (campaign, message) => log.problem(`${campaign.name}: ${message}`, { campaign: campaign.id }),
    broken: ({ id }) => onBroken(id),
    problem: (campaign, endpoint, { code, message }) =>
      log.debug(message, { campaign: campaign.id, endpoint, code }),
  };
}
