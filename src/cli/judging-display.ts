import type { JudgingProgress } from '../campaign/judge-again.ts';
import { wrapWords } from '../report/display-width.ts';
import { lineWidth } from './columns.ts';
import type { ProgressStream } from './progress/display.ts';
import { formatCount, formatDuration, formatPercent } from './progress/format.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** Shows how far the judging of a stored campaign is. */
export interface JudgingDisplay {
  update(progress: JudgingProgress): void;
  note(message: string, kind?: 'info' | 'problem'): void;
  /** Takes the live line away. May be called twice. */
  close(): void;
}

/** What a display of judging needs from outside. */
export interface JudgingDisplayOptions {
  readonly stream: ProgressStream;
  /** `live` redraws one line, `lines` is for pipes, `json` for programs, `quiet` tells problems alone. */
  readonly style: 'live' | 'lines' | 'json' | 'quiet';
  /** A clock in milliseconds. */
  readonly now: () => number;
}

const CLEAR_LINE = '\r\u001b[K';
const EVERY_MS = { live: 100, lines: 10_000, json: 1_000, quiet: Number.POSITIVE_INFINITY } as const;
const STOPPING = 'Stopping: what is in flight is finished and stored. Interrupt again to stop at once.';

/** A display of judging. */
export function createJudgingDisplay({ stream, style, now }: JudgingDisplayOptions): JudgingDisplay {
  const begunAt = now();
  let shownAt = Number.NEGATIVE_INFINITY;
  let saidStopping = false;
  let lineShown = false;
  const clear = () => {
    if (lineShown) stream.write(CLEAR_LINE);
    lineShown = false;
  };
  const note = (message: string, kind: 'info' | 'problem' = 'info') => {
    if (style === 'quiet' && kind === 'info') return;
    clear();
    const text = sanitizeForTerminal(message, 1_000);
    if (style === 'json') {
      const event = kind === 'problem' ? 'problem' : 'note';
      stream.write(`${JSON.stringify({ event, message: text })}\n`);
      return;
    }
    const columns = style === 'live' ? stream.columns || undefined : undefined;
    const line = kind === 'problem' ? `problem: ${text}` : text;
    stream.write(`${wrapWords(line, columns).join('\n')}\n`);
  };
  return {
    note,
    update(progress) {
      const stopsNow = progress.stopping && !saidStopping;
      saidStopping ||= progress.stopping;
      if (stopsNow) note(STOPPING);
      if (progress.total === 0) return;
      if (now() - shownAt < EVERY_MS[style] && !stopsNow && progress.done < progress.total) return;
      shownAt = now();
      if (style === 'json') stream.write(`${JSON.stringify({ event: 'progress', ...progress })}\n`);
      if (style === 'lines') stream.write(`${lineOf(progress, now() - begunAt)}\n`);
      if (style !== 'live') return;
      clear();
      stream.write(lineOf(progress, now() - begunAt).slice(0, lineWidth(stream) - 1));
      lineShown = true;
    },
    close: clear,
  };
}

function lineOf({ done, total, errors }: JudgingProgress, elapsedMs: number): string {
  const seconds = elapsedMs / 1_000;
  const left = done < 5 || seconds < 1 ? undefined : ((total - done) / done) * seconds;
  return [
    `judged ${formatCount(done)} of ${formatCount(total)} (${formatPercent(total === 0 ? 1 : done / total)})`,
    ...(errors === 0 ? [] : [`${formatCount(errors)} errors`]),
    ...(left === undefined || done >= total ? [] : [`${formatDuration(left)} left`]),
  ].join(' · ');
}
