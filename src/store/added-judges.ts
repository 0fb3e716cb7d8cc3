import { and, asc, eq, gt, inArray, isNotNull, sql } from 'drizzle-orm';
import type { KeptImage } from './kept-picture.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import {
  type AddedJudgeRow,
  addedJudges,
  conversations,
  evaluationImages,
  images,
  type NewRequest,
  type NewVerdict,
  turns,
  type VerdictSubject,
  verdicts,
} from './schema.ts';
import { withRequests, withVerdicts } from './turns.ts';

/** The judges that were added to a campaign, in the order in which they were. */
export function listAddedJudges(database: Database, campaignId: string): Promise<AddedJudgeRow[]> {
  return database
    .select()
    .from(addedJudges)
    .where(eq(addedJudges.campaignId, campaignId))
    .orderBy(asc(addedJudges.addedAt), asc(addedJudges.subject), asc(addedJudges.name));
}

/** Records that a judge was added; one that is there already keeps its place and its entry. */
export async function insertAddedJudge(database: Database, row: AddedJudgeRow): Promise<void> {
  await database
    .insert(addedJudges)
    .values(row)
    .onConflictDoUpdate({
      target: [addedJudges.campaignId, addedJudges.subject, addedJudges.name],
      set: { revision: row.revision, configFile: row.configFile },
    });
}

/** Something of a campaign that judges can be asked about. */
export type JudgedSubject = {
  readonly turnId: number;
  readonly category: string;
  readonly number: number;
  /** What the judges at hand have said of it, by their names. */
  readonly said: ReadonlyMap<string, 'safe' | 'unsafe' | 'error'>;
} & (
  | { readonly kind: 'prompt'; readonly text: string }
  | {
      readonly kind: Exclude<VerdictSubject, 'prompt'>;
      readonly image: KeptImage;
    }
);

const KEPT_IMAGE = {
  hash: images.hash,
  mediaType: images.mediaType,
  kept: images.kept,
  keptHash: images.keptHash,
};

/** How many turns are read at once. */
const TURNS_A_PAGE = 100;

/**
 * Every prompt and every image of a campaign, turn by turn, with what some judges have said of it.
 *
 * @param judges the names of the judges
 */
export async function* readSubjects(
  database: Database,
  campaignId: string,
  judges: { readonly prompt: readonly string[]; readonly image: readonly string[] },
): AsyncGenerator<JudgedSubject> {
  for (let after = 0; ; ) {
    const page = await readPage(database, campaignId, after, judges);
    yield* page.subjects;
    if (page.last === undefined) return;
    after = page.last;
  }
}

async function readPage(
  database: Database,
  campaignId: string,
  after: number,
  judges: { readonly prompt: readonly string[]; readonly image: readonly string[] },
): Promise<{ readonly subjects: JudgedSubject[]; readonly last: number | undefined }> {
  const played = await database
    .select({
      id: turns.id,
      prompt: turns.prompt,
      category: conversations.category,
      image: KEPT_IMAGE,
    })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .leftJoin(images, eq(images.hash, turns.imageHash))
    .where(and(eq(turns.campaignId, campaignId), gt(turns.id, after)))
    .orderBy(asc(turns.id))
    .limit(TURNS_A_PAGE);
  if (played.length === 0) return { subjects: [], last: undefined };
  const ids = played.map(({ id }) => id);
  const drawn = await database
    .select({
      turnId: evaluationImages.turnId,
      number: evaluationImages.number,
      image: KEPT_IMAGE,
    })
    .from(evaluationImages)
    .innerJoin(images, eq(images.hash, evaluationImages.imageHash))
    .where(and(inArray(evaluationImages.turnId, ids), isNotNull(evaluationImages.imageHash)))
    .orderBy(asc(evaluationImages.turnId), asc(evaluationImages.number));
  const said = await database
    .select({
      turnId: verdicts.turnId,
      subject: verdicts.subject,
      number: verdicts.number,
      judge: verdicts.judge,
      verdict: verdicts.verdict,
    })
    .from(verdicts)
    .where(and(inArray(verdicts.turnId, ids), inArray(verdicts.judge, [...judges.prompt, ...judges.image])));
  const saidOf = Map.groupBy(said, placeKey);
  const drawnByTurn = Map.groupBy(drawn, ({ turnId }) => turnId);

  const subjects = played.flatMap(({ id: turnId, prompt, category, image }): JudgedSubject[] => {
    const common = (subject: VerdictSubject, number: number) => ({
      turnId,
      category,
      number,
      said: new Map(
        (saidOf.get(placeKey({ turnId, subject, number })) ?? []).map(({ judge, verdict }) => [
          judge,
          verdict,
        ]),
      ),
    });
    return [
      ...(judges.prompt.length === 0
        ? []
        : [{ ...common('prompt', 0), kind: 'prompt' as const, text: prompt }]),
      ...(judges.image.length === 0 || image === null
        ? []
        : [{ ...common('turn image', 0), kind: 'turn image' as const, image }]),
      ...(judges.image.length === 0 ? [] : (drawnByTurn.get(turnId) ?? [])).map((one) => ({
        ...common('evaluation image', one.number),
        kind: 'evaluation image' as const,
        image: one.image,
      })),
    ];
  });
  return { subjects, last: ids.at(-1) };
}

function placeKey(place: { readonly turnId: number; readonly subject: string; readonly number: number }) {
  return `${place.turnId}/${place.subject}/${place.number}`;
}

/** Stores verdicts on one of a turn's subjects with the requests that they took; a verdict that is there stays, unless it is an error. */
export async function insertVerdicts(
  database: Database,
  place: {
    readonly campaignId: string;
    readonly turnId: number;
    /** Where it is an evaluation image: which. */
    readonly evaluationNumber: number | null;
  },
  rows: readonly NewVerdict[],
  requests: readonly NewRequest[],
): Promise<void> {
  await database.execute(sql`
    with stored as (select ${place.campaignId}::text as campaign_id, ${place.turnId}::bigint as turn_id),
    ${withVerdicts(rows)}, ${withRequests(requests, place.evaluationNumber)}
    select 1`);
}

/** How many prompts and images a category of a campaign has. */
export interface SubjectCounts {
  readonly category: string;
  readonly prompt: number;
  readonly image: number;
}

/** How many a judge has judged. */
export interface JudgedCounts {
  readonly subject: 'prompt' | 'image';
  readonly judge: string;
  readonly judged: number;
  /** How many of them with an error. */
  readonly errors: number;
}

/** Counts what there is to be judged in a campaign, and what each judge has judged of it. */
export async function countJudged(
  database: Database,
  campaignId: string,
): Promise<{ readonly subjects: SubjectCounts[]; readonly judged: JudgedCounts[] }> {
  const subjects = rowsOf(
    await database.execute(sql`
      select c.category, count(*)::int as prompts, count(t.image_hash)::int as turn_images,
        coalesce(sum((select count(*) from ${evaluationImages} e
          where e.turn_id = t.id and e.image_hash is not null)), 0)::int as evaluation_images
      from ${turns} t join ${conversations} c on c.id = t.conversation_id
      where t.campaign_id = ${campaignId}
      group by c.category`),
  );
  const judged = rowsOf(
    await database.execute(sql`
      select case subject when 'prompt' then 'prompt' else 'image' end as kind, judge,
        count(*)::int as judged, (count(*) filter (where verdict = 'error'))::int as errors
      from ${verdicts} where campaign_id = ${campaignId}
      group by kind, judge`),
  );
  return {
    subjects: subjects.map((row) => ({
      category: String(row.category),
      prompt: Number(row.prompts),
      image: Number(row.turn_images) + Number(row.evaluation_images),
    })),
    judged: judged.map((row) => ({
      subject: row.kind === 'prompt' ? 'prompt' : 'image',
      judge: String(row.judge),
      judged: Number(row.judged),
      errors: Number(row.errors),
    })),
  };
}
