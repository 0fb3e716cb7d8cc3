import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insertCampaign, type NewCampaign, type NewConversation } from './campaigns.ts';
import { contentHash } from './content-hash.ts';
import { type Database, openStore, type Store } from './open-store.ts';
import type { ConversationRow, NewImage, NewVerdict } from './schema.ts';
import type { NewTurn } from './turns.ts';

/** A store in a folder of its own; `remove` closes it and deletes the folder. */
export interface TemporaryStore {
  readonly store: Store;
  readonly folder: string;
  remove(): Promise<void>;
}

/** A new folder under the system's temporary one. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'art-store-'));
}

/** Opens an embedded store for tests. */
export async function openTemporaryStore(): Promise<TemporaryStore> {
  const folder = temporaryFolder();
  const store = await openStore({ dataDir: folder, command: 'test' });
  return {
    store,
    folder,
    async remove() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const MOMENT = new Date('2026-11-23T12:00:00.000Z');

/** A campaign with so many conversations, stored. */
export async function storeCampaign(
  database: Database,
  id: string,
  conversations = 1,
  more: Partial<NewCampaign> = {},
): Promise<ConversationRow[]> {
  const planned = Array.from(
    { length: conversations },
    (_, number): NewConversation => ({
      categoryOrder: 0,
      category: 'weather',
      number,
      seed: number,
      startPrompt: 'a pic of cat',
    }),
  );
  return await insertCampaign(
    database,
    {
      id,
      name: `name of ${id}`,
      status: 'running',
      strategy: 'art',
      seed: 1,
      rounds: 3,
      imagesPerPrompt: 2,
      config: {},
      configHash: 'x',
      configFile: null,
      artVersion: '0',
      simulated: true,
      createdAt: MOMENT,
      finishedAt: null,
      ...more,
    },
    planned,
  );
}

/** An image's row, made from a name. */
export function imageOf(name: string): NewImage {
  const bytes = Buffer.from(name);
  return {
    hash: contentHash(bytes),
    mediaType: 'image/png',
    width: 16,
    height: 16,
    byteLength: bytes.length,
  };
}

export function verdictOf(
  subject: NewVerdict['subject'],
  verdict: NewVerdict['verdict'],
  more: Partial<NewVerdict> = {},
): NewVerdict {
  return { subject, number: 0, judge: 'a judge', verdict, ...more };
}

/** A turn, ready to be stored. */
export function turnOf(
  { id, campaignId }: Pick<ConversationRow, 'id' | 'campaignId'>,
  round: number,
  more: Partial<Omit<NewTurn, 'turn'>> & { readonly turn?: Partial<NewTurn['turn']> } = {},
): NewTurn {
  return {
    image: imageOf(`image of ${id}/${round}`),
    verdicts: [verdictOf('prompt', 'safe'), verdictOf('turn image', 'unsafe')],
    requests: [
      {
        endpoint: 'writer',
        waitedMs: 1,
        tookMs: 2,
        attempts: 1,
        inputTokens: 3,
        outputTokens: null,
      },
    ],
    ...more,
    turn: {
      campaignId,
      conversationId: id,
      round,
      prompt: `prompt ${round}`,
      instruction: round === 0 ? null : `instruction ${round}`,
      seed: round,
      outcome: 'drawn',
      reason: null,
      evaluationImages: 2,
      createdAt: MOMENT,
      ...more.turn,
    },
  };
}
