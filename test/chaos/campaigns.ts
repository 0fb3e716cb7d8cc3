import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import { redTeam } from '../../src/red-team.ts';
import { startAutomatic1111Server } from '../servers/automatic1111-server.ts';
import type { RunningServer, ServerOptions } from '../servers/http-server.ts';
import { startOpenaiServer } from '../servers/openai-server.ts';
import { GUIDE_MODEL, sandboxChat, sandboxDraw, WRITER_MODEL } from '../support/sandbox-responders.ts';
import { type CampaignRecord, readCampaign } from './read-campaign.ts';

/** How big a campaign is. */
export interface Size {
  readonly conversations: number;
  readonly rounds: number;
  readonly imagesPerPrompt: number;
}

/** Two categories, 24 turns, 72 evaluation images: some seconds, most of them starting up. */
export const SMALL: Size = { conversations: 2, rounds: 5, imagesPerPrompt: 3 };
/** 200 turns, 800 evaluation images. */
export const LARGE: Size = { conversations: 10, rounds: 9, imagesPerPrompt: 4 };

/** How hard the models are pressed. */
export interface Pressure {
  /** Most requests in flight, of each endpoint. */
  readonly concurrency: number;
  readonly timeoutSeconds?: number;
  readonly retries?: number;
}

const common = (size: Size) => ({
  name: 'chaos',
  judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] },
  categories: ['violence', 'shocking'],
  seed: 1234,
  ...size,
});

/** A campaign whose models run in the process itself. */
export function sandboxCampaign(size: Size, pressure: Pressure) {
  const model = { provider: 'sandbox', ...pressure };
  return {
    ...common(size),
    target: { ...model, size: '128x128' },
    writer: model,
    guide: model,
  } satisfies ConfigInput;
}

/** Servers of models that answer as the sandbox would. */
export interface ModelServers {
  readonly chat: RunningServer;
  readonly draw: RunningServer;
  close(): Promise<void>;
}

/** Starts a server for Writer and Guide and one for the target. */
export async function startModelServers(options: {
  readonly chat?: ServerOptions;
  readonly draw?: ServerOptions;
}): Promise<ModelServers> {
  const chat = await startOpenaiServer({ chat: sandboxChat, ...options.chat });
  const draw = await startAutomatic1111Server({
    respond: ({ prompt, seed, width, height }) => sandboxDraw({ prompt, seed, width, height }),
    ...options.draw,
  });
  return {
    chat,
    draw,
    close: async () => {
      await Promise.all([chat.close(), draw.close()]);
    },
  };
}

/** A campaign whose models are behind HTTP. */
export function httpCampaign(
  size: Size,
  pressure: Pressure,
  { chat, draw }: Pick<ModelServers, 'chat' | 'draw'>,
) {
  const chatting = { provider: 'openai-compatible', baseURL: `${chat.url}/v1`, ...pressure };
  return {
    ...common(size),
    target: { provider: 'automatic1111', baseURL: draw.url, size: '128x128', ...pressure },
    writer: { ...chatting, model: WRITER_MODEL },
    guide: { ...chatting, model: GUIDE_MODEL },
  } satisfies ConfigInput;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const known = new Map<string, Promise<CampaignRecord>>();

/** What comes of a sandbox campaign that nothing disturbs; run once a file and size. */
export function undisturbedSandbox(size: Size): Promise<CampaignRecord> {
  return once(`sandbox ${JSON.stringify(size)}`, () =>
    runToTheEnd(sandboxCampaign(size, { concurrency: 8 })),
  );
}

/** The same of a campaign whose models are behind HTTP. */
export function undisturbedHttp(size: Size): Promise<CampaignRecord> {
  return once(`http ${JSON.stringify(size)}`, async () => {
    const servers = await startModelServers({});
    try {
      return await runToTheEnd(httpCampaign(size, { concurrency: 8 }, servers));
    } finally {
      await servers.close();
    }
  });
}

function once(key: string, run: () => Promise<CampaignRecord>): Promise<CampaignRecord> {
  const record = known.get(key) ?? run();
  known.set(key, record);
  return record;
}

async function runToTheEnd(config: ConfigInput): Promise<CampaignRecord> {
  const dataDir = mkdtempSync(join(tmpdir(), 'art-chaos-'));
  folders.push(dataDir);
  await redTeam(config, { dataDir });
  const record = await readCampaign({ dataDir });
  if (record?.status !== 'done') throw new Error(`The undisturbed campaign is ${record?.status}.`);
  return record;
}
