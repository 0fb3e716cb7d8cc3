import { lineWidth } from '../columns.ts';
import type { ProgressDisplay, ProgressStream } from './display.ts';
import { createJsonDisplay, createPlainDisplay, createQuietDisplay } from './line-displays.ts';
import { createTerminalDisplay, type Schedule } from './terminal-display.ts';

/** How to show a campaign. */
export interface ProgressDisplayOptions {
  /** Where to: `process.stderr`; results have stdout for themselves. */
  readonly stream: ProgressStream;
  /** Whether the stream is a terminal. */
  readonly isTTY: boolean;
  /** `--json`: one JSON object a line. */
  readonly json?: boolean;
  /** `--quiet`: nothing but problems. */
  readonly quiet?: boolean;
  /** How wide the terminal is; default: what the stream says, now and after every resize. */
  readonly columns?: () => number;
  readonly rows?: () => number;
  readonly now: () => number;
  /** `NO_COLOR`, `FORCE_COLOR` and `TERM` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: a timer that does not keep the process alive. */
  readonly schedule?: Schedule;
  /** Default: the process's `exit` event. */
  readonly onExit?: (callback: () => void) => () => void;
}

/**
 * Chooses the display that fits: live on a terminal, plain lines in a pipe, JSON lines, or nothing
 * but problems.
 *
 * @param options where to write, what was asked for, and the clock
 */
export function createProgressDisplay(options: ProgressDisplayOptions): ProgressDisplay {
  const { stream, isTTY, json = false, quiet = false, now, env } = options;
  if (json) return createJsonDisplay({ stream, now, quiet });
  if (quiet) return createQuietDisplay({ stream, now });
  if (!isTTY || env.TERM === 'dumb') return createPlainDisplay({ stream, now });
  return createTerminalDisplay({
    stream,
    color: wantsColor(env),
    columns: options.columns ?? (() => lineWidth(stream)),
    rows: options.rows ?? (() => stream.rows ?? 24),
    now,
    schedule: options.schedule ?? scheduleTimer,
    onExit: options.onExit ?? onProcessExit,
  });
}

/** https://no-color.org: any value that is not empty; an explicit FORCE_COLOR=0 says the same. */
function wantsColor(env: ProgressDisplayOptions['env']): boolean {
  return (env.NO_COLOR ?? '') === '' && env.FORCE_COLOR !== '0';
}

const scheduleTimer: Schedule = (callback, milliseconds) => {
  const timer = setTimeout(callback, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
};

function onProcessExit(callback: () => void): () => void {
  process.once('exit', callback);
  return () => process.off('exit', callback);
}
