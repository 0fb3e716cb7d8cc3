import { listLabels } from '../../../store/labels.ts';
import type { Store } from '../../../store/open-store.ts';
import type { CampaignRow, LabelRow } from '../../../store/schema.ts';

interface LabelFlags {
  readonly labels?: boolean;
}

/** What reviewers said of campaigns, where it is asked for. */
export async function labelsOf(
  store: Store | undefined,
  campaigns: readonly CampaignRow[],
  { labels = false }: LabelFlags,
): Promise<readonly LabelRow[]> {
  if (!labels || store === undefined) return [];
  const all: LabelRow[] = [];
  for (const { id } of campaigns) all.push(...(await listLabels(store.database, id)));
  return all;
}

/** What people should know of `--labels`. */
export function labelNotes(given: readonly LabelRow[], { labels = false }: LabelFlags): readonly string[] {
  return labels && given.length === 0
    ? ['Nothing was labelled, so --labels changed nothing. Label with: art view']
    : [];
}
