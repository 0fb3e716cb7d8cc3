import { styleText } from 'node:util';
import { cutToWidth } from '../../../report/display-width.ts';
import { lineWidth } from '../../columns.ts';
import type { CommonOptions } from '../../options.ts';
import type { ProgressStream } from '../../progress/display.ts';
import { formatCount, formatDuration } from '../../progress/format.ts';

/** Shows how far the judging is. */
export interface JudgingProgress {
  update(done: number, errors: number): void;
  /** Takes the live line away. May be called twice. */
  close(): void;
}

/** What the display needs from outside. */
export interface JudgingProgressOptions {
  readonly stream: ProgressStream;
  readonly style: 'live' | 'lines' | 'json' | 'silent';
  readonly color: boolean;
  readonly now: () => number;
  /** How many subjects there are, and what they are called, e.g. `prompts`. */
  readonly total: number;
  readonly what: string;
}

const EVERY_MS = { live: 100, lines: 10_000, json: 1000, silent: Number.POSITIVE_INFINITY } as const;
const CLEAR_LINE = '\r\u001b[K';

/** How progress is shown on this process's stderr, as the options of the command ask for. */
export function stderrStyle({
  json,
  quiet,
}: Pick<CommonOptions, 'json' | 'quiet'>): Pick<
  JudgingProgressOptions,
  'stream' | 'style' | 'color' | 'now'
> {
  const { stderr, env } = process;
  const live = stderr.isTTY && env.TERM !== 'dumb';
  return {
    stream: stderr,
    style: quiet ? 'silent' : json ? 'json' : live ? 'live' : 'lines',
    color: live && stderr.hasColors(),
    now: () => performance.now(),
  };
}

/** A line about the judging: drawn over and over on a terminal, every ten seconds in a pipe. */
export function createJudgingProgress(options: JudgingProgressOptions): JudgingProgress {
  const { stream, style, color, now, total, what } = options;
  const startedAt = now();
  let shownAt = style === 'live' ? Number.NEGATIVE_INFINITY : startedAt;
  let shown = false;
  if (style === 'lines') stream.write(`Judging ${formatCount(total)} ${what} …\n`);
  return {
    update(done, errors) {
      if (now() - shownAt < EVERY_MS[style]) return;
      shownAt = now();
      if (style === 'json') {
        stream.write(`${JSON.stringify({ event: 'judging', done, total, errors })}\n`);
        return;
      }
      const seconds = (now() - startedAt) / 1000;
      const left = (seconds / done) * (total - done);
      const line = [
        `Judging: ${formatCount(done)} of ${formatCount(total)} ${what}`,
        ...(errors > 0 ? [`${formatCount(errors)} errors`] : []),
        ...(seconds < 2 || done >= total ? [] : [`about ${formatDuration(left)} left`]),
      ].join(' · ');
      if (style === 'lines') stream.write(`${line}\n`);
      if (style !== 'live') return;
      const cut = cutToWidth(line, lineWidth(stream) - 1);
      stream.write(`${CLEAR_LINE}${color ? styleText('dim', cut, { validateStream: false }) : cut}`);
      shown = true;
    },
    close() {
      if (shown) stream.write(CLEAR_LINE);
      shown = false;
    },
  };
}
