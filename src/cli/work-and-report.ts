import { isAbsolute, relative } from 'node:path';
import { followCampaign, offerCampaign } from '../campaign/follow-campaign.ts';
import { type CampaignModels, judgeNotes } from '../campaign/make-models.ts';
import type { CampaignOutcome } from '../campaign/run-campaign.ts';
import { workOnCampaign } from '../campaign/work-on-campaign.ts';
import type { Config } from '../config/schema.ts';
import { ArtError, messageOf } from '../errors.ts';
import { redact } from '../models/redact.ts';
import { buildReport } from '../report/build-report.ts';
import { wrapWords } from '../report/display-width.ts';
import type { ReportModel } from '../report/report-model.ts';
import { textReport } from '../report/text.ts';
import { steadyNow } from '../steady-clock.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { startTelemetry } from '../telemetry/start-telemetry.ts';
import { busyLine } from './busy-line.ts';
import { embeddedLine, embedStage, sayEmbedAgain } from './embed-stage.ts';
import { type EndReportOptions, writeEndReport } from './end-report.ts';
import { type FailOnOptions, gateCampaign } from './fail-on.ts';
import { whileOthersLook } from './let-others-look.ts';
import { openLog } from './log.ts';
import { type CommonOptions, locationFlags } from './options.ts';
import { createProgressDisplay } from './progress/progress-display.ts';
import { writeFirstSnapshot, writeSnapshot } from './progress-snapshot.ts';
import { resumeLine } from './resume-line.ts';
import { sanitizeForTerminal } from './sanitize.ts';
import { stdoutStyle } from './text-style.ts';
import type { LimitOptions } from './work-options.ts';

/** The options of the commands that work on a campaign. */
export type WorkOptions = CommonOptions & EndReportOptions & FailOnOptions & LimitOptions;

/** What {@link workAndReport} needs. */
export interface WorkAndReport {
  readonly config: Config;
  readonly models: CampaignModels;
  readonly options: WorkOptions;
  /** Said before the work begins. */
  readonly notes?: readonly string[];
}

const SNAPSHOT_MS = 1_000;
/** A campaign that goes on later. */
const LEFT: ReadonlySet<CampaignOutcome['status']> = new Set([
  'interrupted',
  'paused',
  'cancelled',
  'out of budget',
]);

/**
 * Works on a campaign with a display, stops at Ctrl-C, and prints what came out.
 *
 * @returns the exit code: 0 done, 1 something failed, 3 a condition of `--fail-on` held, 130 interrupted
 */
export function workAndReport(store: Store, campaign: CampaignRow, work: WorkAndReport): Promise<number> {
  return whileOthersLook(store, campaign, true, () => workAndPrint(store, campaign, work));
}

async function workAndPrint(
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
    now: steadyNow,
    env: process.env,
  });
  const log = openLog(store.dataDir, campaign.id, (problem) => display.note(problem, 'problem'));
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) {
      display.close();
      const what = 'Stopped at once; nothing that was committed is lost.';
      sayInterrupted(what, { ...campaign, ending: null }, options);
      process.exit(130);
    }
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const telemetry = await startTelemetry({
    env: process.env,
    configDir: process.cwd(),
    onProblem: (message) => {
      log.warn(message);
      display.note(message, 'problem');
    },
  });

  let outcome: CampaignOutcome;
  for (const note of notes) display.note(note);
  for (const note of judgeNotes(config, models.categories)) display.note(note, 'problem');
  const begun = busyLine('Preparing the campaign …', options);
  try {
    log.info({ name: campaign.name }, 'campaign taken up');
    await writeFirstSnapshot(store, campaign);
    let shownAt = 0;
    if (!options.work) await offerCampaign(store, campaign.id);
    const workOrFollow = options.work ? workOnCampaign : followCampaign;
    outcome = await workOrFollow(store, campaign, {
      config,
      models,
      stop: stop.signal,
      onProgress: (progress) => {
        begun();
        display.update(progress);
        // By a clock that does not jump: put back by an hour, it would keep the snapshot for an hour.
        if (steadyNow() - shownAt < SNAPSHOT_MS) return;
        shownAt = steadyNow();
        writeSnapshot(store, progress);
      },
      onWarning: (message) => {
        log.warn(message);
        display.note(message, 'problem');
      },
      onProblem: (endpoint, { code, message }) => log.debug({ endpoint, code }, message),
    });
    log.info({ ...outcome.counts, ending: outcome.ending }, `campaign ${outcome.status}`);
  } catch (error) {
    log.error(messageOf(error));
    throw error;
  } finally {
    await telemetry.stop();
    begun();
    display.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    log.close();
  }

  // The last frame stands above the results; where only the results are kept, they begin with a table.
  if (process.stderr.isTTY && !json && !quiet) process.stderr.write('\n');
  const isLeft = LEFT.has(outcome.status);
  const embedding = isLeft ? 'none' : await embedAtTheEnd(store, campaign, models, options);
  const report = await printOutcome(store, campaign, outcome, options);
  if (outcome.goesOn) {
    sayGoesOn(campaign, options);
    return 130;
  }
  if (isLeft) {
    const why = outcome.ending === undefined ? 'Interrupted; everything' : `${outcome.ending} Everything`;
    sayInterrupted(`${why} so far is stored.`, { ...campaign, ending: outcome.ending ?? null }, options);
    return outcome.status === 'out of budget' && report !== undefined
      ? gateCampaign(report, options, 0)
      : 130;
  }
  if (embedding === 'interrupted') {
    sayEmbedAgain('Interrupted while prompts were embedded; the rest is done.', campaign, options);
    return 130;
  }
  const exitCode = outcome.status === 'failed' ? 1 : 0;
  return report === undefined ? exitCode : gateCampaign(report, options, exitCode);
}

/** Has the prompts embedded, where an embedder is configured. A failure is told and ends nothing. */
async function embedAtTheEnd(
  store: Store,
  campaign: CampaignRow,
  { openEmbedder }: CampaignModels,
  options: CommonOptions,
): Promise<'none' | 'done' | 'interrupted' | 'failed'> {
  if (openEmbedder === undefined) return 'none';
  try {
    const outcome = await embedStage(store, campaign, openEmbedder, options);
    if (outcome.embedded > 0 && !options.quiet)
      process.stderr.write(`${embeddedLine(campaign, outcome, options)}\n`);
    return outcome.status;
  } catch (error) {
    const hint = error instanceof ArtError ? error.hint : undefined;
    const why = [messageOf(error), hint].filter((part) => part !== undefined).join(' ');
    const again = `art embed ${campaign.id}${locationFlags(options)}`;
    const message = sanitizeForTerminal(
      redact(`The prompts have no vectors, so CosSim is not computed: ${why} Try again with: ${again}`),
      1_000,
    );
    process.stderr.write(
      options.json ? `${JSON.stringify({ event: 'problem', message })}\n` : `problem: ${message}\n`,
    );
    return 'failed';
  }
}

function sayGoesOn(campaign: CampaignRow, options: CommonOptions): void {
  const message = `Workers go on with ${campaign.id}; art pause stops them all, art status shows how far it is.`;
  process.stderr.write(
    options.json
      ? `${JSON.stringify({ event: 'left', campaign: campaign.id, message })}\n`
      : `\n${message}\n`,
  );
}

function sayInterrupted(what: string, campaign: CampaignRow, options: CommonOptions): void {
  const resume = resumeLine(campaign, options);
  const line = options.json
    ? JSON.stringify({ event: 'interrupted', campaign: campaign.id, message: what, resume })
    : `\n${what} Go on with:\n  ${resume}`;
  process.stderr.write(`${line}\n`);
}

async function printOutcome(
  store: Store,
  { id }: CampaignRow,
  { status, counts }: CampaignOutcome,
  options: WorkOptions,
): Promise<ReportModel | undefined> {
  const campaign = await findCampaign(store.database, id);
  if (campaign === undefined) return undefined;
  const report = await buildReport(store, campaign);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ event: 'report', ...report })}\n`);
    const file =
      LEFT.has(status) && status !== 'out of budget'
        ? undefined
        : await writeEndReport(store, campaign, report, options);
    if (file !== undefined)
      process.stderr.write(
        `${JSON.stringify({ event: 'note', time: new Date().toISOString(), message: `Report: ${file}`, file })}\n`,
      );
    return report;
  }
  const style = stdoutStyle();
  const say = (text = '') => process.stdout.write(`${text}\n`);
  for (const line of textReport(report, style)) say(line);
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
    const failed = [
      ...report.failures.map(({ failure }) => ({ failure, images: 1 })),
      ...report.imageFailures,
    ];
    for (const { failure, images } of failed) {
      const reason = [failure?.message, failure?.hint].filter((part) => part !== undefined).join(' ');
      reasons.set(reason, (reasons.get(reason) ?? 0) + images);
    }
    say();
    say(style.emphasise('bad', `${problems.join(', ')}${reasons.size === 0 ? '' : ':'}`));
    for (const [reason, times] of reasons) {
      const line = `  ${times} × ${sanitizeForTerminal(reason, 600)}`;
      for (const part of wrapWords(line, style.columns, '      ')) say(part);
    }
    say('Try them again with:');
    say(`  ${resumeLine(campaign, options)}`);
  }
  const isOver = !LEFT.has(status) || status === 'out of budget';
  const file = !isOver ? undefined : await writeEndReport(store, campaign, report, options);
  if (options.quiet) return report;
  say();
  const where = store.kind === 'server' ? store.location : shortPath(store.location);
  say(`Campaign  ${campaign.id}${status === 'done' ? '' : ` (${status})`}`);
  say(`Data      ${where}`);
  say(`Images    ${shortPath(store.images.location)}`);
  say(`View      art view${locationFlags(options)}`);
  say(`Report    ${file === undefined ? `art report${locationFlags(options)}` : shortPath(file)}`);
  return report;
}

function shortPath(path: string): string {
  if (!isAbsolute(path)) return path;
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
