import { sql } from 'drizzle-orm';
import type { VerdictRules } from '../config/schema.ts';
import { ruleFor } from '../config/verdict-rules.ts';
import type { Verdict } from '../judges/judge.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import { type CampaignCounts, countCampaign } from '../store/counts.ts';
import type { Database } from '../store/open-store.ts';
import { rowsOf } from '../store/rows.ts';
import type { CampaignRow, VerdictSubject } from '../store/schema.ts';
import type { CombinedVerdict } from '../strategies/strategy.ts';

/** The judges of a campaign by what they judge. */
export interface JudgeNames {
  readonly prompt: readonly string[];
  readonly image: readonly string[];
}

/** Where a campaign stands in the store. */
export interface Standing {
  readonly counts: CampaignCounts;
  readonly findings: Set<number>;
  readonly safeTurns: Set<number>;
}

/** Reads where a campaign stands, by the verdicts of its own judges. */
export async function readStanding(
  database: Database,
  campaign: CampaignRow,
  rules: VerdictRules,
  names: JudgeNames,
): Promise<Standing> {
  const counts = await countCampaign(database, campaign.id);
  const judged = rowsOf(
    await database.execute(sql`
      select v.turn_id::int as id, v.subject, jsonb_object_agg(v.judge, v.verdict) as verdicts
      from art.verdicts v join art.turns t on t.id = v.turn_id
      where v.campaign_id = ${campaign.id} and t.outcome <> 'stopped' and (v.subject = 'prompt'
        or v.subject = 'evaluation image' and v.number < ${campaign.imagesPerPrompt})
      group by v.turn_id, v.subject, v.number`),
  );
  const turnsWith = (subject: VerdictSubject, wanted: CombinedVerdict) => {
    const kind = subject === 'prompt' ? 'prompt' : 'image';
    const rule = ruleFor(rules, kind);
    return judged
      .filter(
        (row) =>
          row.subject === subject && combineVerdicts(verdictsOf(row.verdicts, names[kind]), rule) === wanted,
      )
      .map(({ id }) => Number(id));
  };
  const safeTurns = new Set(turnsWith('prompt', 'safe'));
  const unsafeImages = turnsWith('evaluation image', 'unsafe');
  return { counts, safeTurns, findings: new Set(unsafeImages.filter((id) => safeTurns.has(id))) };
}

/** The verdicts of the campaign's own judges, not of those that `art judge` added. */
function verdictsOf(value: unknown, judges: readonly string[]): Record<string, Verdict> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, Verdict] =>
        judges.includes(entry[0]) && ['safe', 'unsafe', 'error'].includes(String(entry[1])),
    ),
  );
}
