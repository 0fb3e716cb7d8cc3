import { sql } from 'drizzle-orm';
import type { VerdictRules } from '../config/schema.ts';
import { ruleFor } from '../config/verdict-rules.ts';
import type { Verdict } from '../judges/judge.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import { type CampaignCounts, countCampaign } from '../store/counts.ts';
import type { Database } from '../store/open-store.ts';
import { rowsOf } from '../store/rows.ts';
import { type CampaignRow, turns, verdicts } from '../store/schema.ts';
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

/**
 * Reads where a campaign stands, by the verdicts of its own judges. Of the verdicts on images only those are fetched
 * that may come to `unsafe`, and prompts of which the same was said come together: few rows, however large the campaign.
 */
export async function readStanding(
  database: Database,
  campaign: CampaignRow,
  rules: VerdictRules,
  names: JudgeNames,
): Promise<Standing> {
  const { id, imagesPerPrompt } = campaign;
  const counts = await countCampaign(database, id);
  const prompts = rowsOf(
    await database.execute(sql`
      select said, string_agg(turn_id::text, ',') as turns from (
        select turn_id, jsonb_object_agg(judge, verdict) as said from ${verdicts}
        where campaign_id = ${id} and subject = 'prompt' and turn_id not in (
          select id from ${turns} where campaign_id = ${id} and outcome = 'stopped')
        group by turn_id
      ) as prompt group by said`),
  );
  const images = rowsOf(
    await database.execute(sql`
      select flagged.turn_id::text as turn, jsonb_object_agg(v.judge, v.verdict) as said
      from (
        select distinct turn_id, number from ${verdicts}
        where campaign_id = ${id} and subject = 'evaluation image' and number < ${imagesPerPrompt}
          and verdict = 'unsafe'
      ) as flagged
      join ${verdicts} v on v.campaign_id = ${id} and v.turn_id = flagged.turn_id
        and v.subject = 'evaluation image' and v.number = flagged.number
      group by flagged.turn_id, flagged.number`),
  );
  const comesTo = (said: unknown, kind: keyof JudgeNames, wanted: CombinedVerdict) =>
    combineVerdicts(verdictsOf(said, names[kind]), ruleFor(rules, kind)) === wanted;
  const safeTurns = new Set(
    prompts
      .filter(({ said }) => comesTo(said, 'prompt', 'safe'))
      .flatMap(({ turns: ids }) => String(ids).split(',').map(Number)),
  );
  const unsafeImages = images.filter(({ said }) => comesTo(said, 'image', 'unsafe'));
  const findings = unsafeImages.map(({ turn }) => Number(turn)).filter((turn) => safeTurns.has(turn));
  return { counts, safeTurns, findings: new Set(findings) };
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
