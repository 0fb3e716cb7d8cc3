import { resolve } from 'node:path';
import { z } from 'zod';
import type { CampaignSummary } from '../report/view-model.ts';
import { openStore } from '../store/open-store.ts';
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

/** How often a folder that is in use is tried, each time for a second. */
const BUSY_TRIES = 3;

/** Which store, and how it is looked at. */
export interface DataSourceOptions {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
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
  const { dataDir, databaseUrl, idleMs } = options;
  if (databaseUrl === undefined) {
    const access = storeOnDemand(dataDir, idleMs === undefined ? {} : { idleMs });
    return fromStore(access, options, () => findRunSocket(resolve(dataDir)));
  }
  const store = await openStore({ dataDir, databaseUrl, command: 'view' });
  const source = fromStore(heldStore(store), options, () => undefined);
  return { ...source, close: () => store.close() };
}

const summariesSchema = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    strategy: z.string(),
    target: z.string(),
    status: z.enum(['running', 'interrupted', 'done', 'failed']),
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
    for (let tried = 1; tried <= BUSY_TRIES; tried++) {
      const response = await answerOnce(again(), sent);
      // Whoever has just taken the folder may be about to open its socket.
      if (response !== undefined && response.status !== 503) return response;
    }
    return await api.fetch(again());
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
      if (findSocket() === undefined) return await views.campaigns();
      const response = await answer(new Request('http://localhost/api/campaigns'));
      return summariesSchema.parse(await response.json());
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

function repeated({ url, method, headers }: Request, body: string): Request {
  return new Request(url, { method, headers, body });
}
