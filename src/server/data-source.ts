import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { ArtError } from '../errors.ts';
import type { CampaignSummary } from '../report/view-model.ts';
import { openStore } from '../store/open-store.ts';
import type { CampaignStatus } from '../store/schema.ts';
import { createApi } from './api.ts';
import { CampaignViews } from './campaign-views.ts';
import { forward, SocketGoneError } from './forward.ts';
import { Pictures } from './pictures.ts';
import { findRunSocket } from './run-socket.ts';
import { heldStore, type StoreAccess, storeOnDemand } from './store-access.ts';

/** Where `art view` gets its answers. */
export interface DataSource {
  /** Answers what the app asks: `/api`, `/pictures`, `/thumbnails`. */
  answer(request: Request): Promise<Response>;
  /** All campaigns, the newest first. Unlike an answer, its errors say everything. */
  campaigns(): Promise<readonly CampaignSummary[]>;
  /** Begins to read a campaign, so that it is there when somebody asks; says nothing of what goes wrong. */
  prepare(campaign: string): void;
  close(): Promise<void>;
}

/** How long a page waits while another command takes the folder, opens its socket, or has just ended. */
const BUSY_MS = 4_000;
/** How long the terminal waits for the first answer: nothing else is there to see yet. */
const FIRST_ANSWER_MS = 15_000;
const RETRY_MS = 150;

/** Which store, and how it is looked at. */
export interface DataSourceOptions {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly imagesUrl?: string | undefined;
  readonly pollMs?: number;
  /** How long an embedded store stays open after it was used. */
  readonly idleMs?: number;
  readonly onProblem?: (error: unknown) => void;
}

/**
 * The store as `art view` looks at it. A server is simply open. An embedded one is opened when it is needed,
 * and while another process runs a campaign in it, that process answers.
 *
 * @throws {@link StoreError} when the server cannot be reached
 */
export async function openDataSource(options: DataSourceOptions): Promise<DataSource> {
  const { dataDir, databaseUrl, imagesUrl, idleMs } = options;
  if (databaseUrl === undefined) {
    const access = storeOnDemand(dataDir, { imagesUrl, ...(idleMs === undefined ? {} : { idleMs }) });
    return fromStore(access, options, () => findRunSocket(resolve(dataDir)));
  }
  const store = await openStore({ dataDir, databaseUrl, imagesUrl, command: 'view' });
  const source = fromStore(heldStore(store), options, () => undefined);
  return { ...source, close: () => store.close() };
}

const summariesSchema = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    strategy: z.string(),
    target: z.string(),
    status: z.enum([
      'running',
      'paused',
      'interrupted',
      'done',
      'failed',
      'cancelled',
      'out of budget',
    ] satisfies readonly CampaignStatus[]),
    createdAt: z.string(),
    simulated: z.boolean(),
  }),
);

function fromStore(
  access: StoreAccess,
  { pollMs, onProblem }: DataSourceOptions,
  findSocket: () => string | undefined,
): DataSource {
  const views = new CampaignViews(access);
  const api = createApi({
    views,
    pictures: new Pictures(access.images),
    now: () => new Date(),
    stillHere: () => findSocket() === undefined,
    ...(pollMs === undefined ? {} : { pollMs }),
    ...(onProblem === undefined ? {} : { onProblem }),
  });
  const answer = async (request: Request): Promise<Response> => {
    // Read once: it may have to be asked again.
    const sent = request.method === 'POST' ? await request.text() : undefined;
    const again = () => (sent === undefined ? request : repeated(request, sent));
    const response = await patiently(BUSY_MS, async () => {
      const once = await answerOnce(again(), sent);
      // Whoever has just taken the folder may be about to open its socket.
      return once?.status === 503 ? undefined : once;
    });
    return response ?? (await api.fetch(again()));
  };
  const answerOnce = async (request: Request, sent: string | undefined) => {
    const socket = findSocket();
    if (socket === undefined) return await api.fetch(request);
    try {
      return await forward(request, sent, socket);
    } catch (error) {
      if (error instanceof SocketGoneError) return undefined;
      throw error;
    }
  };
  return {
    answer,
    async campaigns() {
      const campaigns = await patiently(FIRST_ANSWER_MS, async () => {
        const socket = findSocket();
        try {
          if (socket === undefined) return await views.campaigns();
          const response = await forward(new Request('http://localhost/api/campaigns'), undefined, socket);
          return response.ok ? summariesSchema.parse(await response.json()) : undefined;
        } catch (error) {
          const isBusy = error instanceof ArtError && error.code === 'DATA_FOLDER_IN_USE';
          if (isBusy || error instanceof SocketGoneError) return undefined;
          throw error;
        }
      });
      return campaigns ?? (await views.campaigns());
    },
    prepare(campaign) {
      const page = (name: string) =>
        answer(new Request(`http://localhost/api/campaigns/${encodeURIComponent(campaign)}/${name}`));
      // Whoever asks for it will be told.
      Promise.all([page('report'), page('gallery?limit=1')]).catch(() => undefined);
    },
    close: () => access.close(),
  };
}

/** Tries until there is an answer; `undefined` when there was none in time. */
async function patiently<T>(
  patienceMs: number,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const answer = await attempt();
    if (answer !== undefined || performance.now() >= until) return answer;
    await pause(RETRY_MS);
  }
}

function repeated({ url, method, headers }: Request, body: string): Request {
  return new Request(url, { method, headers, body });
}
