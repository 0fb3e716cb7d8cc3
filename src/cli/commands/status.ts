import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { z } from 'zod';
import { textTable } from '../../report/text.ts';
import { listCampaigns } from '../../store/campaigns.ts';
import { type CampaignCounts, countCampaign } from '../../store/counts.ts';
import { lockHolder } from '../../store/folder-lock.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { artCommand, type CommonOptions, openStoreOf } from '../options.ts';
import { formatDuration } from '../progress/format.ts';
import { sanitizeForTerminal } from '../sanitize.ts';

/** What a running process leaves in `progress.json`; see `work-and-report.ts`. */
const snapshotSchema = z.looseObject({
  campaign: z.looseObject({ id: z.string(), name: z.string() }),
  conversations: z.looseObject({ total: z.number(), done: z.number(), failed: z.number() }),
  turns: z.looseObject({ total: z.number(), done: z.number() }),
  evaluationImages: z.looseObject({ total: z.number(), done: z.number() }),
  findings: z.number(),
  etaSeconds: z.number().optional(),
});

/** `art status`: the campaigns and how far they are. */
export function statusCommand(): Command {
  return artCommand('status')
    .description('the campaigns and how far they are')
    .action(async (options: CommonOptions) => {
      const running = options.database === undefined ? runningSnapshot(options.dataDir) : undefined;
      if (running !== undefined) return printRunning(running, options);
      const store = await openStoreOf(options, 'status');
      try {
        await printCampaigns(store, options);
      } finally {
        await store.close();
      }
    });
}

type Snapshot = z.output<typeof snapshotSchema> & { readonly pid: number };

/** An embedded database takes one process at a time: what a running one tells of itself has to do. */
function runningSnapshot(dataDir: string): Snapshot | undefined {
  const folder = resolve(dataDir);
  const path = join(folder, 'progress.json');
  if (!existsSync(folder) || !existsSync(path)) return undefined;
  const holder = lockHolder(folder);
  if (holder === undefined) return undefined;
  const parsed = snapshotSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return parsed.success ? { ...parsed.data, pid: holder.pid } : undefined;
}

function printRunning(snapshot: Snapshot, { json }: CommonOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ running: snapshot })}\n`);
    return;
  }
  const { campaign, pid, conversations, turns, evaluationImages, findings, etaSeconds } = snapshot;
  const lines = [
    `${sanitizeForTerminal(campaign.name)} (${campaign.id}) is running as process ${pid}.`,
    `  conversations      ${conversations.done} of ${conversations.total} done${conversations.failed > 0 ? `, ${conversations.failed} failed` : ''}`,
    `  turns              ${turns.done} of ${turns.total}`,
    `  evaluation images  ${evaluationImages.done} of ${evaluationImages.total}`,
    `  findings           ${findings}`,
    ...(etaSeconds === undefined ? [] : [`  time left          ${formatDuration(etaSeconds)}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function printCampaigns(store: Store, { json, dataDir, database }: CommonOptions): Promise<void> {
  const rows: { campaign: CampaignRow; counts: CampaignCounts }[] = [];
  for (const campaign of await listCampaigns(store.database)) {
    rows.push({ campaign, counts: await countCampaign(store.database, campaign.id) });
  }
  if (json) {
    for (const { campaign, counts } of rows) {
      const { id, name, strategy, createdAt, finishedAt } = campaign;
      const status = statusWord(store, campaign);
      process.stdout.write(
        `${JSON.stringify({ id, name, status, strategy, createdAt, finishedAt, counts })}\n`,
      );
    }
    return;
  }
  if (rows.length === 0) {
    process.stdout.write(`No campaign in ${store.location} yet. Start one with: art run\n`);
    return;
  }
  const table = {
    title: `Campaigns in ${store.location}`,
    columns: ['campaign', 'name', 'status', 'conversations', 'turns', 'evaluation images', 'begun'],
    rows: rows.map(({ campaign, counts }) => [
      campaign.id,
      campaign.name,
      statusWord(store, campaign),
      `${counts.conversations.done}/${counts.conversations.total}${counts.conversations.failed > 0 ? ` (${counts.conversations.failed} failed)` : ''}`,
      `${counts.turns}/${counts.conversations.total * (campaign.rounds + 1)}`,
      `${counts.evaluationImages.drawn + counts.evaluationImages.refused}/${counts.evaluationImages.expected}`,
      campaign.createdAt.toISOString().slice(0, 16).replace('T', ' '),
    ]),
  };
  const emphasise = (emphasis: 'title' | 'note' | 'good' | 'bad', text: string) =>
    emphasis === 'title' || emphasis === 'note'
      ? styleText(emphasis === 'title' ? 'bold' : 'dim', text, { stream: process.stdout })
      : text;
  for (const line of textTable(table, emphasise, (text) => sanitizeForTerminal(text))) {
    process.stdout.write(`${line}\n`);
  }
  const open = rows.find(({ campaign }) => ['interrupted', 'failed'].includes(statusWord(store, campaign)));
  if (open !== undefined) {
    const where = `${dataDir === 'art-data' ? '' : ` --data-dir ${dataDir}`}${database === undefined ? '' : ' --database …'}`;
    process.stdout.write(`\nGo on with: art resume ${open.campaign.id}${where}\n`);
  }
}

/** Who holds the lock of an embedded store is alone, so a campaign "running" there was killed. */
function statusWord({ kind }: Store, { status }: CampaignRow): CampaignRow['status'] {
  return kind === 'embedded' && status === 'running' ? 'interrupted' : status;
}
