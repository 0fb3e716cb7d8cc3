import type { CampaignProgress } from '../../campaign/progress.ts';
import { sanitizeForTerminal } from '../sanitize.ts';
import type { ProgressDisplay, ProgressStream } from './display.ts';
import { formatCount, formatDuration, formatPercent, overallFraction, settledImages } from './format.ts';

/** What a display of lines needs from outside. */
export interface LineDisplayOptions {
  readonly stream: ProgressStream;
  readonly now: () => number;
}

const PLAIN_EVERY_MS = 10_000;
const JSON_EVERY_MS = 1000;
const PROBLEM_EVERY_MS = 1000;
const STOPPING = 'Stopping: what is in flight is finished and stored. Interrupt again to stop at once.';

/**
 * For pipes and log files: a plain line every 10 seconds, at each 10 % and when the phase changes, and
 * one when the campaign begins to stop.
 *
 * @param options where to write, and the clock
 */
export function createPlainDisplay({ stream, now }: LineDisplayOptions): ProgressDisplay {
  let lastTime = Number.NEGATIVE_INFINITY;
  let lastTenth = -1;
  let lastPhase: string | undefined;
  let saidStopping = false;
  const showProblem = problemWriter(stream, now);
  let closed = false;

  const show = (progress: CampaignProgress, always: boolean): void => {
    const tenth = Math.floor(overallFraction(progress) * 10 + 1e-9);
    showProblem(progress);
    if (progress.stopping && !saidStopping) writeNote(stream, STOPPING);
    saidStopping ||= progress.stopping;
    const due = now() - lastTime >= PLAIN_EVERY_MS || tenth > lastTenth || progress.phase !== lastPhase;
    if (!due && !always) return;
    lastTime = now();
    lastTenth = tenth;
    lastPhase = progress.phase;
    stream.write(`${plainLine(progress)}\n`);
  };

  return {
    update(progress) {
      if (!closed) show(progress, false);
    },
    note: (message, kind) => writeNote(stream, message, kind),
    close(final) {
      if (!closed && final !== undefined) show(final, true);
      closed = true;
    },
  };
}

/**
 * For programs: one JSON object a line, at most one a second beside notes, the last, and the one that
 * tells that the campaign begins to stop.
 *
 * @param options where to write, the clock, and whether only problems are wanted
 */
export function createJsonDisplay({
  stream,
  now,
  quiet,
}: LineDisplayOptions & { quiet: boolean }): ProgressDisplay {
  let lastTime = Number.NEGATIVE_INFINITY;
  let wasStopping = false;
  let closed = false;
  const write = (event: string, fields: object): void => {
    stream.write(`${asciiSafe(JSON.stringify({ event, time: new Date(now()).toISOString(), ...fields }))}\n`);
  };
  return {
    update(progress) {
      const stopsNow = progress.stopping && !wasStopping;
      if (closed || quiet || (now() - lastTime < JSON_EVERY_MS && !stopsNow)) return;
      lastTime = now();
      wasStopping = progress.stopping;
      write('progress', progress);
    },
    note(message, kind = 'note') {
      if (!quiet || kind === 'problem') write(kind, { message });
    },
    close(final) {
      if (!closed && !quiet && final !== undefined) write('progress', final);
      closed = true;
    },
  };
}

/**
 * Shows nothing but problems.
 *
 * @param options where to write, and the clock
 */
export function createQuietDisplay({ stream, now }: LineDisplayOptions): ProgressDisplay {
  const showProblem = problemWriter(stream, now);
  let closed = false;
  return {
    update(progress) {
      if (!closed) showProblem(progress);
    },
    note(message, kind) {
      if (kind === 'problem') writeNote(stream, message, kind);
    },
    close(final) {
      if (!closed && final !== undefined) showProblem(final);
      closed = true;
    },
  };
}

/** Writes the last problem when it is another one; a flood of them is thinned out. */
function problemWriter(stream: ProgressStream, now: () => number): (progress: CampaignProgress) => void {
  let shown: string | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  return ({ lastProblem }) => {
    if (lastProblem === undefined || lastProblem === shown || now() - shownAt < PROBLEM_EVERY_MS) return;
    shown = lastProblem;
    shownAt = now();
    writeNote(stream, sanitizeForTerminal(lastProblem), 'problem');
  };
}

function writeNote(stream: ProgressStream, message: string, kind: 'note' | 'problem' = 'note'): void {
  const prefix = kind === 'problem' ? 'problem: ' : '';
  for (const line of message.split('\n')) stream.write(`${prefix}${sanitizeForTerminal(line, 1000)}\n`);
}

function plainLine(progress: CampaignProgress): string {
  const { conversations, turns, evaluationImages } = progress;
  const failed = conversations.failed + evaluationImages.failed;
  return [
    `${progress.stopping ? 'stopping' : progress.phase} ${formatPercent(overallFraction(progress))}`,
    `${formatCount(conversations.done + conversations.failed)}/${formatCount(conversations.total)} conversations`,
    `${formatCount(turns.done)}/${formatCount(turns.total)} turns`,
    `${formatCount(settledImages(progress))}/${formatCount(evaluationImages.total)} evaluation images`,
    `${formatCount(progress.findings)} findings`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(progress.workers === undefined || progress.workers === 1
      ? []
      : [`${formatCount(progress.workers)} workers`]),
    ...(progress.etaSeconds === undefined || progress.phase === 'done' || progress.stopping
      ? []
      : [`about ${formatDuration(progress.etaSeconds)} left`]),
  ].join(' · ');
}

/** JSON may be shown on a terminal too: nothing in it may steer one. */
function asciiSafe(json: string): string {
  return json.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
