import { and, asc, desc, eq, inArray, lt, ne } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import {
  type CampaignRow,
  type CampaignStatus,
  type ConversationRow,
  type ConversationStatus,
  campaigns,
  conversations,
  type Failure,
} from './schema.ts';
import { storableText } from './storable.ts';

export type NewCampaign = typeof campaigns.$inferInsert;
export type NewConversation = Omit<typeof conversations.$inferInsert, 'campaignId' | 'status'>;

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
  const all = await listCampaigns(database);
  if (idOrName === 'latest') return all[0];
  return all.find(({ id }) => id === idOrName) ?? all.find(({ name }) => name === idOrName);
}

/** Notes where a campaign stands. */
export async function setCampaignStatus(
  database: Database,
  id: string,
  status: CampaignStatus,
  finishedAt: Date | null,
): Promise<void> {
  await database.update(campaigns).set({ status, finishedAt }).where(eq(campaigns.id, id));
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

/** Notes where a conversation stands, and why it failed if it did. */
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
  await database.update(conversations).set(storable).where(eq(conversations.id, id));
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
): Promise<number[]> {
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
  const next = inOrder ? rows.filter(({ category }) => !seen.has(category) && seen.add(category)) : rows;
  return next.map(({ id }) => id);
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
