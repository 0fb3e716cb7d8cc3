import type { CampaignRow } from '../store/schema.ts';
import type { LiveWorker } from '../store/workers.ts';
import { ago } from './progress/ago.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/**
 * What `art status` says of a worker, in one line.
 *
 * @param campaigns the campaigns that are known, for their names
 */
export function workerLine(
  { id, command, startedAt, draining, silentSeconds, serves, doing }: LiveWorker,
  campaigns: readonly Pick<CampaignRow, 'id' | 'name'>[],
): string {
  const names = new Map(campaigns.map((campaign) => [campaign.id, campaign.name]));
  const at = Object.keys(doing).map((campaign) => {
    const name = names.get(campaign);
    return sanitizeForTerminal(name === undefined ? campaign : `${name} (${campaign})`, 100);
  });
  const only = Object.entries(serves)
    .filter(([what]) => what !== 'campaigns')
    .map(([what, those]) => `${what} ${those.join(', ')}`);
  return [
    `${sanitizeForTerminal(id, 100)}  art ${sanitizeForTerminal(command, 20)}, here since ${ago(startedAt)}`,
    ...(draining ? ['draining'] : []),
    // A heartbeat comes every five seconds.
    ...(silentSeconds > 12 ? [`not heard of for ${Math.round(silentSeconds)} s`] : []),
    ...(only.length > 0 ? [`only ${sanitizeForTerminal(only.join('; '), 200)}`] : []),
    at.length > 0 ? `at work on ${at.join(' and ')}` : 'with nothing to do',
  ].join(', ');
}
