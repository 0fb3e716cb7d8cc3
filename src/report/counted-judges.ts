import { z } from 'zod';
import type { RuledJudge } from '../config/verdict-rules.ts';
import { countJudged, listAddedJudges } from '../store/added-judges.ts';
import type { Database } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { readRecordedCampaign } from './recorded-campaign.ts';

/** A judge that `art judge` added and that has not judged everything yet. */
export interface IncompleteJudge {
  readonly subject: 'prompt' | 'image';
  readonly judge: string;
  readonly judged: number;
  /** How many prompts or images there are for it. */
  readonly subjects: number;
}

/** The judges that a campaign's tables count. */
export interface CountedJudges {
  readonly prompt: readonly RuledJudge[];
  readonly image: readonly RuledJudge[];
  /** Added judges that are left out until they have judged everything. */
  readonly incomplete: readonly IncompleteJudge[];
}

const entrySchema = z.looseObject({ categories: z.array(z.string()).optional().catch(undefined) });

/** The judges of a campaign: its own, and those added to it that have judged everything. */
export async function readCountedJudges(database: Database, campaign: CampaignRow): Promise<CountedJudges> {
  const { judges } = readRecordedCampaign(campaign.config);
  const added = await listAddedJudges(database, campaign.id);
  if (added.length === 0) return { prompt: judges.prompt, image: judges.image, incomplete: [] };
  const { subjects, judged } = await countJudged(database, campaign.id);
  const standing = added.map(({ subject, name, entry }) => {
    const { categories } = entrySchema.parse(entry);
    const total = subjects
      .filter(({ category }) => categories === undefined || categories.includes(category))
      .reduce((sum, counts) => sum + counts[subject], 0);
    const done = judged.find((row) => row.subject === subject && row.judge === name)?.judged ?? 0;
    return { subject, name, categories, total, done };
  });
  const complete = (subject: 'prompt' | 'image') =>
    standing
      .filter((one) => one.subject === subject && one.done >= one.total)
      .map(({ name, categories }) => ({ name, categories }));
  return {
    prompt: [...judges.prompt, ...complete('prompt')],
    image: [...judges.image, ...complete('image')],
    incomplete: standing
      .filter(({ done, total }) => done < total)
      .map(({ subject, name, done, total }) => ({ subject, judge: name, judged: done, subjects: total })),
  };
}
