import { sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { type VerdictRow, verdicts } from './schema.ts';

/** A verdict with all that it says, without its place in the database. */
export type RecordedVerdict = Pick<
  VerdictRow,
  'subject' | 'number' | 'judge' | 'revision' | 'verdict' | 'score' | 'label' | 'found' | 'error'
>;

/** What was said of a turn. */
export interface VerdictsOfTurn {
  readonly prompt: readonly RecordedVerdict[];
  /** On the turn's own image. */
  readonly image: readonly RecordedVerdict[];
  /** On its evaluation images, by their numbers. */
  readonly evaluation: ReadonlyMap<number, readonly RecordedVerdict[]>;
}

/**
 * All verdicts of a campaign by the ids of its turns. They come as one JSON text a turn: a row each would
 * take several times as long to read.
 */
export async function readVerdictsByTurn(
  database: Database,
  campaignId: string,
): Promise<Map<number, VerdictsOfTurn>> {
  const rows = rowsOf(
    await database.execute(sql`
      select turn_id::text as turn, json_agg(json_build_array(
        subject, number, judge, revision, verdict, score, label, found, error) order by id)::text as said
      from ${verdicts} where campaign_id = ${campaignId} group by turn_id`),
  );
  return new Map(rows.map(({ turn, said }) => [Number(turn), byPlace(toVerdicts(said))]));
}

function byPlace(said: readonly RecordedVerdict[]): VerdictsOfTurn {
  const {
    prompt = [],
    'turn image': image = [],
    'evaluation image': evaluation = [],
  } = Object.groupBy(said, ({ subject }) => subject);
  return { prompt, image, evaluation: Map.groupBy(evaluation, ({ number }) => number) };
}

function toVerdicts(text: unknown): RecordedVerdict[] {
  const said: unknown = JSON.parse(String(text));
  return Array.isArray(said) ? said.map(toVerdict) : [];
}

function toVerdict(entry: unknown): RecordedVerdict {
  const [subject, number, judge, revision, verdict, score, label, found, error]: readonly unknown[] =
    Array.isArray(entry) ? entry : [];
  return {
    subject: subject === 'turn image' || subject === 'evaluation image' ? subject : 'prompt',
    number: Number(number),
    judge: String(judge),
    revision: textOrNull(revision),
    verdict: verdict === 'safe' || verdict === 'unsafe' ? verdict : 'error',
    score: typeof score === 'number' ? score : null,
    label: textOrNull(label),
    found: Array.isArray(found) ? found.map(String) : null,
    error: toError(error),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function toError(value: unknown): RecordedVerdict['error'] {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('message' in value)) return null;
  return { code: String(value.code), message: String(value.message) };
}
