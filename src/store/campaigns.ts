import { and, asc, desc, eq, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import {
  type CampaignRow,
  type CampaignStatus,
  type CampaignWish,
  type ConversationRow,
  type ConversationStatus,
  campaigns,
  conversations,
  type Failure,
  turns,
} from './schema.ts';
import { storableText } from './storable.ts';

export type NewCampaign = typeof campaigns.$inferInsert;
export type NewConversation = Omit<typeof conversations.$inferInsert, 'campaignId' | 'status'>;

/** A conversation to be held, or a turn to be evaluated. */
export interface OpenWork {
  readonly id: number;
  readonly category: string;
}

/** Rows an insert takes at once: PostgreSQL allows 65,535 parameters a statement. */
const ROWS_PER_INSERT = 1_000;

/** Stores a campaign with all its conversations; to be called within a transaction. */
export async function insertCampaign(
  database: Database,
  campaign: NewCampaign,
  planned: readonly NewConversation[],
): Promise<ConversationRow[]> {
  await database.insert(campaigns).values(campaign);
  const rows: ConversationRow[] = [];
  for (let start = 0; start < planned.length; start += ROWS_PER_INSERT) {
    const values = planned.slice(start, start + ROWS_PER_INSERT).map((conversation) => ({
      ...conversation,
      startPrompt: storableText(conversation.startPrompt),
      campaignId: campaign.id,
      status: 'pending' as const,
    }));
    rows.push(...(await database.insert(conversations).values(values).returning()));
  }
  return rows;
}

/** All campaigns, the newest first. */
export function listCampaigns(database: Database): Promise<CampaignRow[]> {
  return database.select().from(campaigns).orderBy(desc(campaigns.createdAt), desc(campaigns.id));
}

/** The campaign with that id or name (of several with one name, the newest); `latest` is the newest of all. */
export async function findCampaign(database: Database, idOrName: string): Promise<CampaignRow | undefined> {
  // By its id alone where it is one: who waits for a campaign asks again and again.
  const [byId] = await database.select().from(campaigns).where(eq(campaigns.id, idOrName));
  if (byId !== undefined) return byId;
  const all = await listCampaigns(database);
  return idOrName === 'latest' ? all[0] : all.find(({ name }) => name === idOrName);
}

/** How a campaign ends, or is left. */
export interface CampaignEnd {
  readonly status: Exclude<CampaignStatus, 'running'>;
  readonly finishedAt: Date | null;
  /** Why before everything was done, in one sentence. */
  readonly ending?: string | undefined;
  /** Also where it is not being worked on; by default only `done` and `failed` are noted then. */
  readonly whatever?: boolean;
  /** Only while it is worked on since the same moment, see {@link CampaignOrders}; default: whenever that began. */
  readonly session?: string | null | undefined;
}

/** Notes that a campaign is being worked on from now on, whatever was asked of it before. */
export async function beginWork(database: Database, id: string): Promise<void> {
  // Whoever worked on it last may have been killed: its time counts up to what it stored last.
  await database.execute(sql`
    update ${campaigns} set status = 'running', finished_at = null, wish = 'run', ending = null,
      worked_seconds = worked_seconds + coalesce(greatest(0, extract(epoch from
        (select max(created_at) from ${turns} where campaign_id = ${id}) - running_since)), 0),
      running_since = clock_timestamp()
    where id = ${id}`);
}

/** Keeps a campaign's status as it is until the transaction ends. */
export async function lockCampaign(database: Database, id: string): Promise<void> {
  await database.execute(sql`select 1 from ${campaigns} where id = ${id} for update`);
}

/** Notes where a campaign stands that is no longer worked on, and for how long it was. */
export async function endWork(
  database: Database,
  id: string,
  { status, finishedAt, ending, whatever = false, session }: CampaignEnd,
): Promise<void> {
  // What was decided before somebody resumed the campaign says nothing about it any more.
  const isMeant = session === undefined ? sql`true` : sql`${SESSION} is not distinct from ${session}::text`;
  await database.execute(sql`
    update ${campaigns} set status = ${status}, finished_at = ${finishedAt?.toISOString() ?? null}::timestamptz,
      ending = ${ending ?? null},
      worked_seconds = worked_seconds
        + coalesce(greatest(0, extract(epoch from clock_timestamp() - running_since)), 0),
      running_since = null
    where id = ${id} and ${isMeant}
      and (status = 'running' or ${whatever || status === 'done' || status === 'failed'})`);
}

/** Since when a campaign is worked on, to the microsecond. */
const SESSION = sql`extract(epoch from ${campaigns.runningSince})::text`;

/** What whoever works on a campaign looks at now and then. */
export interface CampaignOrders {
  readonly status: CampaignStatus;
  readonly wish: CampaignWish;
  /** Seconds for which it has been worked on. */
  readonly workedSeconds: number;
  /** Since when it is worked on: with every `art resume` another; `null` where it is not. */
  readonly session: string | null;
}

/** What is asked of a campaign now; `undefined` when it has been removed. */
export async function readOrders(database: Database, id: string): Promise<CampaignOrders | undefined> {
  const [row] = await database
    .select({
      status: campaigns.status,
      wish: campaigns.wish,
      worked: sql<number>`(${campaigns.workedSeconds}
        + coalesce(greatest(0, extract(epoch from clock_timestamp() - ${campaigns.runningSince})), 0))::float8`,
      session: sql<string | null>`${SESSION}`,
    })
    .from(campaigns)
    .where(eq(campaigns.id, id));
  if (row === undefined) return undefined;
  const { worked, ...orders } = row;
  return { ...orders, workedSeconds: Number(worked) };
}

/** Changes how urgent a campaign is, and what it may take. */
export async function setLimits(
  database: Database,
  id: string,
  { priority, config }: Pick<CampaignRow, 'priority' | 'config'>,
): Promise<void> {
  await database.update(campaigns).set({ priority, config }).where(eq(campaigns.id, id));
}

/** Asks whoever works on a campaign for something. */
export async function setWish(database: Database, id: string, wish: CampaignWish): Promise<void> {
  await database.update(campaigns).set({ wish }).where(eq(campaigns.id, id));
}

/** The campaigns that are to be worked on, those with the highest priority first, then the oldest. */
export function listRunningCampaigns(database: Database): Promise<CampaignRow[]> {
  return database
    .select()
    .from(campaigns)
    .where(and(eq(campaigns.status, 'running'), eq(campaigns.wish, 'run')))
    .orderBy(desc(campaigns.priority), asc(campaigns.createdAt), asc(campaigns.id));
}

/** The campaign's conversations in the order of its plan. */
export function listConversations(database: Database, campaignId: string): Promise<ConversationRow[]> {
  return database
    .select()
    .from(conversations)
    .where(eq(conversations.campaignId, campaignId))
    .orderBy(asc(conversations.number), asc(conversations.categoryOrder));
}

/** One conversation, if it is still there. */
export async function findConversation(database: Database, id: number): Promise<ConversationRow | undefined> {
  const [row] = await database.select().from(conversations).where(eq(conversations.id, id));
  return row;
}

/**
 * Notes where a conversation stands, and why it failed if it did. One that is done stays so, whatever befell a worker
 * that had lost it to another.
 */
export async function setConversationStatus(
  database: Database,
  id: number,
  change: {
    readonly status: ConversationStatus;
    readonly failure?: Failure | null;
    readonly startedAt?: Date;
    readonly finishedAt?: Date | null;
  },
): Promise<void> {
  const { failure } = change;
  const storable = failure
    ? { ...change, failure: { ...failure, message: storableText(failure.message) } }
    : change;
  const isMeant = change.status === 'done' ? undefined : ne(conversations.status, 'done');
  await database
    .update(conversations)
    .set(storable)
    .where(and(eq(conversations.id, id), isMeant));
}

/**
 * The conversations that have neither been held to their end nor failed, in the order of the plan.
 *
 * @param options.inOrder of each category only the first, for those after it wait for it
 */
export async function listOpenConversations(
  database: Database,
  campaignId: string,
  { inOrder = false }: { readonly inOrder?: boolean } = {},
): Promise<OpenWork[]> {
  const rows = await database
    .select({ id: conversations.id, category: conversations.category })
    .from(conversations)
    .where(
      and(
        eq(conversations.campaignId, campaignId),
        inArray(conversations.status, ['pending', 'running'] satisfies ConversationStatus[]),
      ),
    )
    .orderBy(asc(conversations.number), asc(conversations.categoryOrder));
  const seen = new Set<string>();
  return inOrder ? rows.filter(({ category }) => !seen.has(category) && seen.add(category)) : rows;
}

/** The ids of the conversations of a category before that number, in their order. */
export async function listEarlierConversations(
  database: Database,
  { campaignId, category, number }: Pick<ConversationRow, 'campaignId' | 'category' | 'number'>,
): Promise<number[]> {
  const rows = await database
    .select({ id: conversations.id })
    .from(conversations)
    .where(
      and(
        eq(conversations.campaignId, campaignId),
        eq(conversations.category, category),
        lt(conversations.number, number),
      ),
    )
    .orderBy(asc(conversations.number));
  return rows.map(({ id }) => id);
}

/** Makes every conversation that is not done ready to be taken up again; returns them. */
export function reopenConversations(database: Database, campaignId: string): Promise<ConversationRow[]> {
  return database
    .update(conversations)
    .set({ status: 'pending', failure: null, finishedAt: null })
    .where(and(eq(conversations.campaignId, campaignId), ne(conversations.status, 'done')))
    .returning();
}
