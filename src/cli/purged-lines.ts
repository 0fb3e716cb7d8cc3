import { counted } from '../report/figures.ts';
import type { Purged } from '../store/purge-campaign.ts';
import { formatBytes } from './byte-size.ts';

/**
 * What `art purge` says that it has removed, and what stays.
 *
 * @param only whether only the pictures went
 */
export function purgedLines(
  { name, id }: { readonly name: string; readonly id: string },
  { pictures, bytes, shared }: Purged,
  { pictures: only = false }: { readonly pictures?: boolean },
): string[] {
  const removed = `${counted(pictures, 'picture')} (${formatBytes(bytes)})`;
  const campaign = `${name} (${id})`;
  const theirs = `${counted(shared, 'picture')} ${shared === 1 ? 'stays' : 'stay'}`;
  if (!only) {
    return [
      `Removed the campaign ${campaign} with ${removed}.`,
      ...(shared > 0 ? [`${theirs}: other campaigns keep them.`] : []),
    ];
  }
  return [
    pictures === 0 && shared > 0
      ? `No picture had to be removed: ${campaign} keeps none any more; its prompts, seeds, hashes and scores stay.`
      : `Removed ${removed} of ${campaign}; its prompts, seeds, hashes and scores stay.`,
    ...(shared > 0 ? [`${theirs}: this campaign no longer keeps them, other campaigns do.`] : []),
  ];
}
