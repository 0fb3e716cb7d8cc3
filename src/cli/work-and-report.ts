import { renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { styleText } from 'node:util';
import type { CampaignModels } from '../campaign/make-models.ts';
import type { CampaignProgress } from '../campaign/progress.ts';
import type { CampaignOutcome } from '../campaign/run-campaign.ts';
import { workOnCampaign } from '../campaign/work-on-campaign.ts';
import type { Config } from '../config/schema.ts';
import { messageOf } from '../errors.ts';
import { buildReport } from '../report/report-model.ts';
import { type Emphasis, textReport } from '../report/text.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { openLog } from './log.ts';
import type { CommonOptions } from './options.ts';
import { createProgressDisplay } from './progress/progress-display.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** What {@link workAndReport} needs. */
export interface WorkAndReport {
  readonly config: Config;
  readonly models: CampaignModels;
  readonly options: CommonOptions;
  /** Said before the work begins. */
  readonly notes?: readonly string[];
}

const SNAPSHOT_MS = 1_000;

/**
 * Works on a campaign with a display, stops at Ctrl-C, and prints what came out.
 *
 * @returns the exit code: 0 done, 1 something failed, 130 interrupted
 */
export async function workAndReport(
  store: Store,
  campaign: CampaignRow,
  { config, models, options, notes = [] }: WorkAndReport,
): Promise<number> {
  const { json = false, quiet = false } = options;
  const display = createProgressDisplay({
    stream: process.stderr,
    isTTY: process.stderr.isTTY === true,
    json,
    quiet,
    now: Date.now,
    env: process.env,
  });
  const log = openLog(store.dataDir, campaign.id);
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) {
      display.close();
      process.stderr.write(
        `\nStopped at once. Nothing that was committed is lost; go on with: ${resumeLine(campaign, options)}\n`,
      );
      process.exit(130);
    }
    stop.abort();
    display.note('Stopping: what is in flight is finished and stored. Press Ctrl-C again to stop at once.');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);

  let outcome: CampaignOutcome;
  try {
    for (const note of notes) display.note(note);
    log.info({ name: campaign.name }, 'campaign taken up');
    let shownAt = 0;
    outcome = await workOnCampaign(store, campaign, {
      config,
      models,
      stop: stop.signal,
      onProgress: (progress) => {
        display.update(progress);
        if (Date.now() - shownAt < SNAPSHOT_MS) return;
        shownAt = Date.now();
        writeSnapshot(store, progress);
      },
      onWarning: (message) => {
        log.warn(message);
        display.note(message, 'problem');
      },
      onProblem: (endpoint, { code, message }) => log.debug({ endpoint, code }, message),
    });
    log.info({ ...outcome.counts }, `campaign ${outcome.status}`);
  } catch (error) {
    log.error(messageOf(error));
    throw error;
  } finally {
    display.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    log.close();
  }

  await printOutcome(store, campaign, outcome, options);
  if (outcome.status === 'interrupted') {
    process.stderr.write(
      `Interrupted. Everything so far is stored; go on with: ${resumeLine(campaign, options)}\n`,
    );
    return 130;
  }
  return outcome.status === 'failed' ? 1 : 0;
}

async function printOutcome(
  store: Store,
  { id }: CampaignRow,
  { status, counts }: CampaignOutcome,
  options: CommonOptions,
): Promise<void> {
  const campaign = await findCampaign(store.database, id);
  if (campaign === undefined) return;
  const report = await buildReport(store, campaign);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ event: 'report', ...report })}\n`);
    return;
  }
  const say = (text = '') => process.stdout.write(`${text}\n`);
  for (const line of textReport(report, emphasise, (text) => sanitizeForTerminal(text))) say(line);
  const problems = [
    counts.conversations.failed > 0
      ? `${counts.conversations.failed} of ${counts.conversations.total} conversations failed`
      : undefined,
    counts.evaluationImages.failed > 0
      ? `${counts.evaluationImages.failed} of ${counts.evaluationImages.expected} evaluation images failed`
      : undefined,
  ].filter((part) => part !== undefined);
  if (problems.length > 0) {
    const reasons = new Map<string, number>();
    for (const { failure } of report.failures) {
      const reason = [failure?.message, failure?.hint].filter((part) => part !== undefined).join(' ');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    say();
    say(emphasise('bad', `${problems.join(', ')}:`));
    for (const [reason, times] of reasons) say(`  ${times} × ${sanitizeForTerminal(reason, 600)}`);
    say(`Try them again with: ${resumeLine(campaign, options)}`);
  }
  if (options.quiet) return;
  say();
  const where = store.kind === 'server' ? store.location : shortPath(store.location);
  say(`Data      ${where} (campaign ${campaign.id}${status === 'done' ? '' : `, ${status}`})`);
  say(`Images    ${shortPath(join(store.dataDir, 'images'))}`);
  say(`Report    art report --format markdown${locationFlags(options)}`);
}

/** Lets `art status` in another terminal see how far it is while this process holds the folder. */
function writeSnapshot(store: Store, progress: CampaignProgress): void {
  if (store.kind !== 'embedded') return;
  const path = join(store.dataDir, 'progress.json');
  try {
    writeFileSync(`${path}.draft`, JSON.stringify(progress));
    renameSync(`${path}.draft`, path);
  } catch (error) {
    // Only a convenience: a full disk is reported where it matters, at the next commit.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** The command that goes on with a campaign. */
function resumeLine({ id }: CampaignRow, options: CommonOptions): string {
  return `art resume ${id}${locationFlags(options)}`;
}

function locationFlags({ dataDir, database }: CommonOptions): string {
  return `${dataDir === 'art-data' ? '' : ` --data-dir ${dataDir}`}${database === undefined ? '' : ' --database …'}`;
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

function emphasise(emphasis: Emphasis, text: string): string {
  const styles = { title: 'bold', note: 'dim', good: 'green', bad: 'yellow' } as const;
  return styleText(styles[emphasis], text, { stream: process.stdout });
}
