import { styleText } from 'node:util';
import type { DownloadProgress } from '../judges/weights/model-files.ts';
import { cutToWidth, displayWidth, padTo } from '../report/display-width.ts';
import { lineWidth } from './columns.ts';
import type { CommonOptions } from './options.ts';
import type { ProgressStream } from './progress/display.ts';
import { formatDuration, formatPercent } from './progress/format.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** Shows weights that are being fetched. */
export interface DownloadDisplay {
  update(progress: DownloadProgress): void;
  /** Takes the live line away. May be called twice. */
  close(): void;
}

/** What a display of downloads needs from outside. */
export interface DownloadDisplayOptions {
  readonly stream: ProgressStream;
  /** `live` redraws one line, `lines` is for pipes, `json` for programs. */
  readonly style: 'live' | 'lines' | 'json' | 'silent';
  readonly color?: boolean;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

interface Download {
  readonly startedAt: number;
  /** Bytes that were there at the start: a download that was taken up again is not faster for them. */
  readonly startedWith: number;
  shownAt: number;
}

const CLEAR_LINE = '\r\u001b[K';
const BAR_WIDTH = 12;
const LIVE_EVERY_MS = 100;
const LINES_EVERY_MS = 10_000;

/** A display of downloads on this process's stderr, as the options of the command ask for. */
export function stderrDownloads({ json, quiet }: Pick<CommonOptions, 'json' | 'quiet'>): DownloadDisplay {
  const { stderr, env } = process;
  const live = stderr.isTTY && env.TERM !== 'dumb';
  const style = quiet ? 'silent' : json ? 'json' : live ? 'live' : 'lines';
  return createDownloadDisplay({
    stream: stderr,
    style,
    color: stderr.hasColors?.() ?? false,
    now: () => performance.now(),
  });
}

/**
 * Shows downloads: a bar that is drawn over and over, or a line at the start, every ten seconds and at the
 * end.
 */
export function createDownloadDisplay(options: DownloadDisplayOptions): DownloadDisplay {
  const { stream, style, now } = options;
  const downloads = new Map<string, Download>();
  let lineShown = false;
  const clear = () => {
    if (lineShown) stream.write(CLEAR_LINE);
    lineShown = false;
  };
  return {
    update(progress) {
      const known = downloads.get(progress.what);
      const download = known ?? { startedAt: now(), startedWith: progress.receivedBytes, shownAt: 0 };
      const every = style === 'live' ? LIVE_EVERY_MS : LINES_EVERY_MS;
      if (known !== undefined && !progress.done && now() - known.shownAt < every) return;
      download.shownAt = now();
      if (progress.done) downloads.delete(progress.what);
      else downloads.set(progress.what, download);
      if (style === 'json') {
        const event = { event: 'download', ...progress, what: sanitizeForTerminal(progress.what) };
        stream.write(`${JSON.stringify(event)}\n`);
      } else if (style === 'lines') {
        stream.write(`${plainLine(progress, known === undefined)}\n`);
      } else if (style === 'live') {
        clear();
        if (progress.done) stream.write(`${plainLine(progress, false)}\n`);
        else {
          stream.write(liveLine(progress, download, options));
          lineShown = true;
        }
      }
    },
    close: clear,
  };
}

function plainLine(progress: DownloadProgress, isNew: boolean): string {
  const what = sanitizeForTerminal(progress.what, 200);
  const { receivedBytes, totalBytes, done, failed } = progress;
  if (failed) return `not fetched: ${what} (${formatBytes(receivedBytes)} came)`;
  if (done) return `fetched ${what} (${formatBytes(receivedBytes)})`;
  const size = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
  if (isNew) return `fetching ${what}${totalBytes === undefined ? '' : ` (${formatBytes(totalBytes)})`} …`;
  const share = totalBytes === undefined ? '' : ` ${formatPercent(receivedBytes / Math.max(1, totalBytes))},`;
  return `fetching ${what}:${share} ${formatBytes(receivedBytes)}${size}`;
}

function liveLine(
  { what, receivedBytes, totalBytes }: DownloadProgress,
  { startedAt, startedWith }: Download,
  { stream, color, now }: DownloadDisplayOptions,
): string {
  const seconds = (now() - startedAt) / 1000;
  const speed = seconds < 1 ? undefined : (receivedBytes - startedWith) / seconds;
  const share =
    totalBytes === undefined || totalBytes <= 0 ? undefined : Math.min(1, receivedBytes / totalBytes);
  const filled = Math.round((share ?? 0) * BAR_WIDTH);
  const figures = [
    ...(share === undefined ? [] : [padTo(formatPercent(share), 5, 'left')]),
    totalBytes === undefined
      ? formatBytes(receivedBytes)
      : `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`,
    ...(speed === undefined ? [] : [`${formatBytes(speed)}/s`]),
    ...(speed === undefined || speed <= 0 || totalBytes === undefined
      ? []
      : [`${formatDuration((totalBytes - receivedBytes) / speed)} left`]),
  ].join('  ');
  const bar = share === undefined ? '' : `${'━'.repeat(filled)}${'╌'.repeat(BAR_WIDTH - filled)} `;
  // One column stays free: a full line makes some terminals wrap.
  const room = Math.max(10, lineWidth(stream) - displayWidth(bar) - displayWidth(figures) - 3);
  const name = cutToWidth(sanitizeForTerminal(what, 200), room);
  const line = cutToWidth(`${name}  ${bar}${figures}`, lineWidth(stream) - 1);
  return color ? styleText('dim', line, { validateStream: false }) : line;
}

/** A size as people say it: `812 kB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'] as const;
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 9.95 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
