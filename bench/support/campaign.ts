import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeModels } from '../../src/campaign/make-models.ts';
import { planCampaign } from '../../src/campaign/plan-campaign.ts';
import type { CampaignOutcome } from '../../src/campaign/run-campaign.ts';
import { workOnCampaign } from '../../src/campaign/work-on-campaign.ts';
import type { ConfigInput, WholeConfigInput } from '../../src/config/schema.ts';
import { validateConfig } from '../../src/config/validate-config.ts';
import { closeJudges } from '../../src/judges/registry.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { ModelServerOptions } from './model-server.ts';

/** A running model server. */
export interface ModelServer {
  readonly url: string;
  counts(): Promise<ModelServerCounts>;
  close(): void;
}

/** What a model server has counted, by role. */
export interface ModelServerCounts {
  /** Requests. */
  readonly counts: Readonly<Record<'writer' | 'guide' | 'target', number>>;
  /** The most that were ever in flight. */
  readonly most: Readonly<Record<'writer' | 'guide' | 'target', number>>;
}

/** Starts the model server in a process of its own. */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const child: ChildProcess = fork(new URL('./model-server.ts', import.meta.url), [JSON.stringify(options)]);
  const [message]: { port: number }[] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${message?.port}`,
    async counts() {
      const answer = once(child, 'message');
      child.send('counts');
      const [counts]: ModelServerCounts[] = await answer;
      if (counts === undefined) throw new Error('the model server said nothing');
      return counts;
    },
    close: () => child.disconnect(),
  };
}

/** What a campaign took. */
export interface Measured {
  readonly outcome: CampaignOutcome;
  readonly wallMs: number;
  /** Processor time of this process while the campaign ran, in milliseconds. */
  readonly cpuMs: number;
}

/** The part of a configuration that points at the model server. */
export function modelsAt(
  url: string,
  slots: ModelServerOptions,
): Pick<WholeConfigInput, 'target' | 'writer' | 'guide'> {
  const endpoint = (path: string, concurrency: number) => ({
    provider: 'openai-compatible',
    baseURL: `${url}/${path}/v1`,
    model: path,
    concurrency,
  });
  return {
    target: { ...endpoint('target', slots.target.slots), size: `${slots.side}x${slots.side}` as const },
    writer: endpoint('writer', slots.writer.slots),
    guide: endpoint('guide', slots.guide.slots),
  };
}

/** Runs a campaign in a temporary data folder, through the same code as `art run`. */
export async function runCampaignOf(input: ConfigInput): Promise<Measured> {
  const config = validateConfig(input, { env: process.env });
  const dataDir = await mkdtemp(join(tmpdir(), 'art-bench-'));
  const models = await makeModels(config, { env: process.env, fetch: globalThis.fetch, configDir: dataDir });
  const store = await openStore({ dataDir, command: 'bench' });
  try {
    const campaign = await planCampaign(store, {
      config,
      models,
      startPrompts: ['a pic of cat'],
    });
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const outcome = await workOnCampaign(store, campaign, {
      config,
      models,
      stop: new AbortController().signal,
      onWarning: () => undefined,
    });
    const wallMs = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    return { outcome, wallMs, cpuMs: (user + system) / 1_000 };
  } finally {
    await store.close();
    await closeJudges(models.judges);
    await rm(dataDir, { recursive: true, force: true });
  }
}
