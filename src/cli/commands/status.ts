import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { cutToWidth } from '../../report/display-width.ts';
import { textTable } from '../../report/text.ts';
import { listCampaigns } from '../../store/campaigns.ts';
import { type CampaignCounts, countCampaign } from '../../store/counts.ts';
import { type LockHolder, lockHolder } from '../../store/folder-lock.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow, CampaignStatus } from '../../store/schema.ts';
import { type LiveWorker, listLiveWorkers } from '../../store/workers.ts';
import { campaignTotals } from '../campaign-totals.ts';
import { artCommand, type CommonOptions, locationFlags, openExistingStore } from '../options.ts';
import { ago } from '../progress/ago.ts';
import { formatDuration } from '../progress/format.ts';
import { resumeLine } from '../resume-line.ts';
import { sanitizeForTerminal } from '../sanitize.ts';
import { stdoutStyle } from '../text-style.ts';
import { workerLine } from '../worker-line.ts';

/** So that a line stays within 80 columns; the id names the campaign. */
const WIDEST_NAME = 17;

/** What a running process leaves in `progress.json`; see `progress-snapshot.ts`. */
const snapshotSchema = z.looseObject({
  pid: z.number(),
  campaign: z.looseObject({ id: z.string(), name: z.string() }),
  phase: z.string().optional(),
  conversations: z.looseObject({ total: z.number(), done: z.number(), failed: z.number() }),
  turns: z.looseObject({ total: z.number(), done: z.number() }),
  evaluationImages: z.looseObject({ total: z.number(), done: z.number() }),
  // Not counted yet in the first one.
  findings: z.number().optional(),
  etaSeconds: z.number().optional(),
  stopping: z.boolean().default(false),
});

/** Commands that tell how far they are as soon as they have a campaign. */
const PREPARING: ReadonlySet<string> = new Set(['run', 'resume']);

/** `art status`: the campaigns and how far they are. */
export function statusCommand(): Command {
  return artCommand('status')
    .summary('show the campaigns and how far they are')
    .description('Shows the campaigns of a data folder and how far they are, also while one of them runs.')
    .action(async (options: CommonOptions) => {
      const holder = options.database === undefined ? holderOf(resolve(options.dataDir)) : undefined;
      // `art view` only looks, and gives the folder back in a moment.
      if (holder !== undefined && holder.command !== 'view') return printRunning(holder, options);
      const store = await openExistingStore(options, 'status');
      try {
        await printCampaigns(store, options);
      } finally {
        await store?.close();
      }
    });
}

/** Who holds a data folder; what is no data folder is told when it is opened. */
function holderOf(folder: string): LockHolder | undefined {
  return existsSync(join(folder, 'lock')) ? lockHolder(folder) : undefined;
}

/**
 * What the process that holds the folder tells of itself: an embedded database takes one process at a
 * time. Nothing yet where it has just begun; what an earlier process left says nothing about it.
 */
function snapshotOf({ pid }: LockHolder, dataDir: string): z.output<typeof snapshotSchema> | undefined {
  try {
    const parsed = snapshotSchema.safeParse(
      JSON.parse(readFileSync(join(resolve(dataDir), 'progress.json'), 'utf8')),
    );
    return parsed.success && parsed.data.pid === pid ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function printRunning(holder: LockHolder, { json, dataDir }: CommonOptions): void {
  const snapshot = snapshotOf(holder, dataDir);
  if (json) {
    process.stdout.write(`${JSON.stringify({ running: snapshot ?? { pid: holder.pid } })}\n`);
    return;
  }
  if (snapshot === undefined) {
    const what = PREPARING.has(holder.command)
      ? `is opening ${dataDir}; how far its campaign is shows in a moment.`
      : `works in ${dataDir}.`;
    process.stdout.write(`Process ${holder.pid} (art ${holder.command}) ${what}\n`);
    return;
  }
  const { campaign, phase, conversations, turns, evaluationImages, findings, etaSeconds, stopping } =
    snapshot;
  const what = stopping ? 'is being stopped' : phase === 'planning' ? 'is being prepared' : 'is running';
  const lines = [
    `${sanitizeForTerminal(campaign.name)} (${campaign.id}) ${what} as process ${holder.pid}.`,
    `  conversations      ${conversations.done} of ${conversations.total} done${conversations.failed > 0 ? `, ${conversations.failed} failed` : ''}`,
    `  turns              ${turns.done} of ${turns.total}`,
    `  evaluation images  ${evaluationImages.done} of ${evaluationImages.total}`,
    ...(findings === undefined ? [] : [`  findings           ${findings}`]),
    ...(etaSeconds === undefined || stopping ? [] : [`  time left          ${formatDuration(etaSeconds)}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function printCampaigns(store: Store | undefined, options: CommonOptions): Promise<void> {
  const rows: { campaign: CampaignRow; status: CampaignStatus; counts: CampaignCounts }[] = [];
  const live = store?.kind === 'server' ? await listLiveWorkers(store.database) : [];
  if (store !== undefined) {
    for (const campaign of await listCampaigns(store.database)) {
      const counts = await countCampaign(store.database, campaign.id);
      rows.push({ campaign, status: statusOf(store, campaign, live), counts });
    }
  }
  if (options.json) {
    for (const { campaign, status, counts } of rows) {
      const { id, name, strategy, createdAt, finishedAt, priority, ending } = campaign;
      process.stdout.write(
        `${JSON.stringify({ id, name, status, strategy, createdAt, finishedAt, priority, ending, counts })}\n`,
      );
    }
    for (const { id, command, host, pid, draining, serves, doing, silentSeconds } of live) {
      const campaigns = Object.keys(doing);
      process.stdout.write(
        `${JSON.stringify({ worker: { id, command, host, pid, draining, serves, campaigns, silentSeconds } })}\n`,
      );
    }
    return;
  }
  const location = store?.location ?? resolve(options.dataDir);
  if (rows.length === 0) {
    process.stdout.write(`There is no campaign in ${location} yet. Start one with: art run\n`);
    printWorkers(live, []);
    return;
  }
  const campaigns = rows.map(({ campaign }) => campaign);
  const style = stdoutStyle();
  const table = {
    title: `Campaigns in ${location}`,
    columns: ['campaign', 'name', 'status', 'turns', 'images', 'begun'],
    textColumns: 3,
    rows: rows.map(({ campaign, status, counts }) => {
      const { turns, evaluationImages } = counts;
      const { prompts, images } = campaignTotals(campaign, counts);
      return [
        campaign.id,
        cutToWidth(style.clean(campaign.name), WIDEST_NAME),
        status,
        `${turns}/${prompts}`,
        `${evaluationImages.drawn + evaluationImages.refused}/${images}`,
        ago(campaign.createdAt),
      ];
    }),
  };
  for (const line of textTable(table, style)) process.stdout.write(`${line}\n`);
  printWorkers(live, campaigns);
  const failures = rows.filter(
    ({ counts }) => counts.conversations.failed + counts.evaluationImages.failed > 0,
  );
  for (const { campaign, counts } of failures) {
    const what = [
      `${counts.conversations.failed} of ${counts.conversations.total} conversations`,
      `${counts.evaluationImages.failed} evaluation images`,
    ].filter((text) => !text.startsWith('0 '));
    process.stdout.write(`\n${campaign.id}: ${what.join(' and ')} failed.\n`);
  }
  for (const { campaign, status } of rows) {
    if (status !== 'running' && campaign.ending !== null && status !== 'done') {
      process.stdout.write(`\n${campaign.id}: ${sanitizeForTerminal(campaign.ending, 300)}\n`);
    }
  }
  const open = rows.find(({ status }) => RESUMABLE.has(status));
  if (open === undefined) return;
  const resume = resumeLine(open.campaign, options);
  process.stdout.write(
    isOffered(store, open.campaign)
      ? `\n${open.campaign.id} goes on with the first worker that comes: art worker${locationFlags(options)}\nOr go on with it here: ${resume}\n`
      : `\nGo on with: ${resume}\n`,
  );
}

/** What `art resume` is told of. */
const RESUMABLE: ReadonlySet<CampaignStatus> = new Set(['interrupted', 'failed', 'paused', 'out of budget']);

/**
 * Where a campaign stands: who holds the lock of an embedded store is alone, so a campaign "running" there was killed;
 * on a server somebody has to be there who works on it.
 */
function statusOf(
  { kind }: Store,
  { id, status }: CampaignRow,
  live: readonly Pick<LiveWorker, 'serves'>[],
): CampaignStatus {
  if (status !== 'running') return status;
  const isWorkedOn = kind === 'server' && live.some(({ serves }) => serves.campaigns?.includes(id) ?? true);
  return isWorkedOn ? 'running' : 'interrupted';
}

/** Whether any worker that comes takes a campaign up without being asked: nobody has ended it, only nobody is there. */
function isOffered(store: Store | undefined, { status }: CampaignRow): boolean {
  return store?.kind === 'server' && status === 'running';
}

function printWorkers(live: readonly LiveWorker[], campaigns: readonly CampaignRow[]): void {
  if (live.length === 0) return;
  process.stdout.write(`\n${live.length === 1 ? '1 worker is' : `${live.length} workers are`} there:\n`);
  for (const worker of live) process.stdout.write(`  ${workerLine(worker, campaigns)}\n`);
}
