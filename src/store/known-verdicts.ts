import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { conversations, evaluationImages, turns, verdicts } from './schema.ts';
import { storableText } from './storable.ts';

/** What a judge is known to say of a subject. */
export interface KnownVerdict {
  readonly revision: string;
  /** The category of the conversation that it was said in. */
  readonly category: string;
  readonly verdict: 'safe' | 'unsafe';
  readonly score: number | null;
  readonly label: string | null;
  readonly found: readonly string[] | null;
}

/** A subject as it is looked up: a prompt by its text, an image by its hash. */
export type LookedUp =
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'image'; readonly hash: string };

/**
 * What the judges of these revisions have said of the very same prompt or image, in whatever campaign;
 * errors say nothing. One query, however many judges.
 */
export async function findKnownVerdicts(
  database: Database,
  subject: LookedUp,
  revisions: readonly string[],
): Promise<KnownVerdict[]> {
  if (revisions.length === 0) return [];
  const rows = rowsOf(await database.execute(knownVerdictsQuery(subject, revisions)));
  return rows.flatMap(({ revision, category, verdict, score, label, found }) =>
    typeof revision === 'string' &&
    typeof category === 'string' &&
    (verdict === 'safe' || verdict === 'unsafe')
      ? [
          {
            revision,
            category,
            verdict,
            score: typeof score === 'number' ? score : null,
            label: typeof label === 'string' ? label : null,
            found: Array.isArray(found) ? found.map(String) : null,
          },
        ]
      : [],
  );
}

/**
 * The query of {@link findKnownVerdicts}. An embedded database has no statistics, and would read all turns for
 * a join: `lateral … offset 0` and sub-selects by primary key leave it indexes alone.
 */
export function knownVerdictsQuery(subject: LookedUp, revisions: readonly string[]): SQL {
  return sql`
    select distinct on (said.revision, said.category)
      said.revision, said.category, said.verdict, said.score, said.label, said.found
    from (${placesOf(subject)}) as place(turn_id, subject, number)
    cross join lateral (
      select v.id, v.revision, v.verdict, v.score, v.label, v.found,
        (select category from ${conversations} where id =
          (select conversation_id from ${turns} where id = place.turn_id)) as category
      from ${verdicts} v
      where v.turn_id = place.turn_id and v.subject = place.subject and v.number = place.number
        and v.verdict <> 'error'
        and v.revision in (select jsonb_array_elements_text(${JSON.stringify(revisions)}::jsonb))
      offset 0
    ) said
    order by said.revision, said.category, said.id`;
}

/** Where the subject occurs. */
function placesOf(subject: LookedUp): SQL {
  if (subject.kind === 'prompt') {
    return sql`select id, 'prompt', 0 from ${turns} where prompt = ${storableText(subject.text)}`;
  }
  return sql`
    select id, 'turn image', 0 from ${turns} where image_hash = ${subject.hash}
    union all
    select turn_id, 'evaluation image', number from ${evaluationImages} where image_hash = ${subject.hash}`;
}
