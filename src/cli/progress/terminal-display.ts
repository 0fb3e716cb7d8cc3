import { stripVTControlCharacters } from 'node:util';
import type { CampaignProgress } from '../../campaign/progress.ts';
import { displayWidth } from '../../report/display-width.ts';
import { sanitizeForTerminal } from '../sanitize.ts';
import type { ProgressDisplay, ProgressStream } from './display.ts';
import { renderFrame } from './render-frame.ts';

/** Runs something later; returns how to call it off. */
export type Schedule = (callback: () => void, milliseconds: number) => () => void;

/** What a live display needs from outside. */
export interface TerminalDisplayOptions {
  readonly stream: ProgressStream;
  readonly color: boolean;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Calls back when the process ends, however it ends; returns how to call it off. */
  readonly onExit: (callback: () => void) => () => void;
}

/** At most ten frames a second. */
const FRAME_MS = 100;
/** The clock in the frame goes on without news. */
const TICK_MS = 1000;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** Has the terminal show a frame at once, not half of it; unknown to older ones, which pass over it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/**
 * A live display: a few lines, drawn over and over in place.
 *
 * @param options the terminal, the clock and the timers
 */
export function createTerminalDisplay(options: TerminalDisplayOptions): ProgressDisplay {
  const { stream, color, columns, rows, now, schedule } = options;
  let latest: CampaignProgress | undefined;
  /** The widths of the lines that stand on the terminal. */
  let drawn: readonly number[] = [];
  let lastDraw = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let cursorHidden = false;
  let closed = false;

  /** Goes back to the frame's first line; lines that a narrower terminal has broken take more rows. */
  const backToTop = (): string => {
    const height = drawn.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(width / Math.max(1, columns()))),
      0,
    );
    return height === 0 ? '\r' : `\r\u001b[${Math.min(height, Math.max(1, rows() - 1))}A`;
  };

  const write = (above: readonly string[], final = false): void => {
    const frame =
      latest === undefined
        ? []
        : renderFrame(latest, { columns: columns(), color, now: now(), rows: rows() - 1, final });
    const lines = [...above, ...frame].map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('');
    const hide = cursorHidden ? '' : HIDE_CURSOR;
    cursorHidden = true;
    stream.write(`${BEGIN_FRAME}${hide}${backToTop()}${lines}${CLEAR_BELOW}${END_FRAME}`);
    drawn = frame.map(plainWidth);
    lastDraw = now();
  };

  const wakeAfter = (milliseconds: number): void => {
    cancel?.();
    cancel = schedule(() => {
      cancel = undefined;
      if (closed) return;
      write([]);
      wakeAfter(TICK_MS);
    }, milliseconds);
  };

  const showCursor = (): void => {
    if (cursorHidden) stream.write(SHOW_CURSOR);
    cursorHidden = false;
  };

  const onResize = (): void => {
    if (!closed && latest !== undefined) wakeAfter(0);
  };
  stream.on?.('resize', onResize);
  const forgetExit = options.onExit(showCursor);

  return {
    update(progress) {
      if (closed) return;
      latest = progress;
      const wait = lastDraw + FRAME_MS - now();
      if (wait <= 0) {
        write([]);
        wakeAfter(TICK_MS);
      } else wakeAfter(wait);
    },
    note(message, kind = 'note') {
      const lines = message.split('\n').map((line) => sanitizeForTerminal(line, 1000));
      if (closed) stream.write(`${lines.join('\n')}\n`);
      else write(kind === 'problem' ? lines.map((line) => `! ${line}`) : lines);
    },
    close(final) {
      if (closed) return;
      cancel?.();
      if (final !== undefined) latest = final;
      if (latest !== undefined) write([], true);
      closed = true;
      showCursor();
      stream.off?.('resize', onResize);
      forgetExit();
    },
  };
}

function plainWidth(line: string): number {
  return displayWidth(stripVTControlCharacters(line));
}
