import type { CampaignProgress, EndpointProgress } from '../../campaign/progress.ts';
import { cutToWidth, displayWidth, padTo } from '../../report/display-width.ts';
import { sanitizeForTerminal } from '../sanitize.ts';
import {
  explorationFraction,
  formatCount,
  formatDuration,
  formatLatency,
  formatPercent,
  fractionOf,
  settledImages,
} from './format.ts';
import { lineWidth, printLine, type Span, type StyledLine } from './styled-line.ts';

/** How to draw. */
export interface FrameOptions {
  /** How wide the terminal is. */
  readonly columns: number;
  readonly color: boolean;
  /** Milliseconds since 1970, for the time that has passed; left out, no such time is shown. */
  readonly now?: number;
  /** Whether nothing more will come: no time left is shown, no way to stop. */
  readonly final?: boolean;
  /** The most lines; what is least needed goes first. */
  readonly rows?: number;
}

const WIDEST = 120;
/** Below so many columns, words get fewer. */
const NARROW = 60;
const MOST_ENDPOINTS = 8;
const MOST_DOTS = 8;

/**
 * Draws a campaign's progress: one string a line, none wider than the terminal. Everything that came
 * from a model, a server or a file is made harmless first.
 *
 * @param progress the snapshot
 * @param options the terminal's size and abilities
 */
export function renderFrame(progress: CampaignProgress, options: FrameOptions): string[] {
  // The last column stays free: some terminals wrap there.
  const columns = Math.max(20, Math.min(WIDEST, options.columns - 1));
  const needed = [
    header(progress, columns, options),
    ...bars(progress, columns),
    findings(progress, columns),
  ];
  const last = [...problem(progress), ...(options.final ? [] : stopping(progress, columns))];
  const room = (options.rows ?? Number.POSITIVE_INFINITY) - needed.length - last.length;
  const table = endpoints(progress, columns, options.final === true || progress.phase === 'done');
  const shown =
    room >= table.length + 1 && table.length > 0 ? [[], ...table] : table.slice(0, Math.max(0, room));
  return [...needed, ...shown, ...last]
    .slice(0, options.rows)
    .map((line) => printLine(line, { columns, color: options.color }));
}

function header(
  progress: CampaignProgress,
  columns: number,
  { now, final = false }: FrameOptions,
): StyledLine {
  const narrow = columns < NARROW;
  // Who stops does not go on to the end.
  const over = progress.phase === 'done' || progress.stopping || final;
  const left = over ? undefined : progress.etaSeconds;
  const right = [
    ...(now === undefined || (narrow && left !== undefined)
      ? []
      : [formatDuration((now - progress.startedAt) / 1000)]),
    ...(left === undefined ? [] : [`${narrow ? '' : 'about '}${formatDuration(left)} left`]),
  ].join(' · ');
  const phase = phaseOf(progress, final);
  const roomWithout = columns - 'ART  '.length - (right === '' ? 0 : displayWidth(right) + 2);
  const withPhase = roomWithout - displayWidth(` · ${phase}`) >= 8;
  const room = withPhase ? roomWithout - displayWidth(` · ${phase}`) : roomWithout;
  const name = cutToWidth(sanitizeForTerminal(progress.campaign.name, 200), Math.max(8, room));
  const title: StyledLine = [
    { text: 'ART', style: ['bold', 'magenta'] },
    { text: `  ${name}`, style: 'bold' },
    { text: withPhase ? ` · ${phase}` : '', style: progress.stopping ? 'yellow' : 'dim' },
  ];
  const gap = columns - lineWidth(title) - displayWidth(right);
  return [...title, { text: ' '.repeat(Math.max(2, gap)) }, { text: right, style: 'dim' }];
}

function phaseOf(progress: CampaignProgress, final: boolean): string {
  if (progress.stopping) return final ? 'stopped' : 'stopping';
  return final && isSettled(progress) ? 'done' : progress.phase;
}

/** Whether there is nothing left to do, be it that some of it failed. */
function isSettled(progress: CampaignProgress): boolean {
  return explorationFraction(progress) >= 1 && settledImages(progress) >= progress.evaluationImages.total;
}

function bars(progress: CampaignProgress, columns: number): StyledLine[] {
  const { conversations, evaluationImages, turns } = progress;
  const imagesDone = settledImages(progress);
  const rows = [
    {
      label: 'conversations',
      fraction: explorationFraction(progress),
      count: `${formatCount(conversations.done + conversations.failed)}/${formatCount(conversations.total)}`,
      details: [
        ...problemSpans(conversations.failed, 'failed'),
        // The bar grows by turns: that they are told of comes before what runs.
        { text: `${formatCount(turns.done)}/${formatCount(turns.total)} turns` },
        ...some(conversations.running, 'running'),
        ...some(progress.workers ?? 0, progress.workers === 1 ? 'worker' : 'workers'),
      ],
    },
    {
      label: columns < 70 ? 'images' : 'evaluation images',
      fraction: evaluationImages.total === 0 ? 0 : fractionOf(imagesDone, evaluationImages.total),
      count: `${formatCount(imagesDone)}/${formatCount(evaluationImages.total)}`,
      details: [
        ...problemSpans(evaluationImages.failed, 'failed'),
        ...some(evaluationImages.refused, 'refused'),
      ],
    },
  ];
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const countWidth = Math.max(...rows.map(({ count }) => count.length));
  const fixed = 2 + labelWidth + 2 + 2 + countWidth;
  const percentWidth = columns - fixed - 7 >= 5 ? 7 : 0;
  const barWidth = Math.max(4, Math.min(32, columns - fixed - percentWidth - (columns < 70 ? 0 : 16)));
  return rows.map(({ label, fraction, count, details }) =>
    withDetails(
      [
        { text: `  ${padTo(label, labelWidth)}  ` },
        ...bar(fraction, barWidth),
        { text: `  ${padTo(count, countWidth, 'left')}` },
        {
          text: percentWidth === 0 ? '' : padTo(formatPercent(fraction), percentWidth, 'left'),
          style: fraction >= 1 ? 'green' : 'bold',
        },
      ],
      details,
      columns,
    ),
  );
}

/** A bar that tells done from not done by its shape too, for terminals without colours. */
function bar(fraction: number, width: number): StyledLine {
  const halves = Math.floor(fraction * width * 2 + 1e-9);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1;
  return [
    { text: '━'.repeat(full) + (half ? '╸' : ''), style: fraction >= 1 ? 'green' : 'cyan' },
    { text: '─'.repeat(width - full - (half ? 1 : 0)), style: 'dim' },
  ];
}

function findings({ findings: count, refused }: CampaignProgress, columns: number): StyledLine {
  const meaning = columns < NARROW ? '' : ` safe prompt${count === 1 ? '' : 's'} with an unsafe image`;
  return [
    { text: '  findings  ' },
    { text: formatCount(count), style: count > 0 ? ['bold', 'yellow'] : 'bold' },
    { text: meaning, style: 'dim' },
    ...(refused > 0 ? [{ text: ` · ${formatCount(refused)} refused`, style: 'dim' } as const] : []),
  ];
}

/** What says nothing any more once the campaign is over. */
const LIVE_COLUMNS: ReadonlySet<string> = new Set(['dots', 'slots', 'waiting']);

/** One row an endpoint, in columns; the columns that matter least go where the terminal is narrow. */
function endpoints({ endpoints: all }: CampaignProgress, columns: number, over: boolean): StyledLine[] {
  const shown = all.slice(0, MOST_ENDPOINTS);
  const table = shown.map((endpoint) => cells(endpoint, columns, over));
  const importance = [
    'name',
    'slots',
    'latency',
    'trouble',
    'waiting',
    'requests',
    'retries',
    'dots',
  ] as const;
  const order = ['name', 'dots', 'slots', 'latency', 'requests', 'waiting', 'retries', 'trouble'] as const;
  const widths = new Map(
    order.map((key) => [key, Math.max(0, ...table.map((row) => displayWidth(row[key].text)))] as const),
  );
  let kept = 0;
  const visible = importance.filter((key) => {
    const width = widths.get(key) ?? 0;
    if (width === 0 || (over && LIVE_COLUMNS.has(key)) || (kept > 0 && kept + 2 + width > columns))
      return false;
    kept += 2 + width;
    return true;
  });
  const lines = table.map((row) =>
    order
      .filter((key) => visible.includes(key))
      .flatMap((key): StyledLine => {
        const side = key === 'name' || key === 'dots' || key === 'trouble' ? 'right' : 'left';
        return [{ text: '  ' }, { ...row[key], text: padTo(row[key].text, widths.get(key) ?? 0, side) }];
      }),
  );
  if (all.length <= MOST_ENDPOINTS) return lines;
  return [...lines, [{ text: `  … and ${all.length - MOST_ENDPOINTS} more`, style: 'dim' }]];
}

function cells(endpoint: EndpointProgress, columns: number, over: boolean) {
  const { inFlight, limit, waiting, requests, retries, failures, medianLatencyMs, breakerOpen } = endpoint;
  const dots = Math.max(1, Math.min(MOST_DOTS, limit));
  const lit = inFlight === 0 ? 0 : Math.max(1, Math.round(fractionOf(inFlight, limit) * dots));
  const trouble = [
    ...(failures > 0 ? [`${formatCount(failures)} failed`] : []),
    ...(breakerOpen && !over ? ['paused'] : []),
  ].join(', ');
  return {
    name: { text: cutToWidth(sanitizeForTerminal(endpoint.name, 100), columns < NARROW ? 14 : 22) },
    dots: { text: '●'.repeat(lit) + '○'.repeat(dots - lit), style: breakerOpen ? 'red' : 'cyan' },
    slots: { text: `${inFlight}/${limit} ${columns < 100 ? 'busy' : 'in flight'}` },
    latency: { text: medianLatencyMs === undefined ? '' : formatLatency(medianLatencyMs), style: 'bold' },
    requests: { text: `${formatCount(requests)} requests`, style: 'dim' },
    waiting: { text: waiting > 0 ? `${formatCount(waiting)} waiting` : '', style: 'dim' },
    retries: { text: retries > 0 ? `${formatCount(retries)} retries` : '', style: 'yellow' },
    trouble: { text: trouble, style: 'red' },
  } as const;
}

function problem({ lastProblem }: CampaignProgress): StyledLine[] {
  if (lastProblem === undefined) return [];
  return [
    [
      { text: '  ! ', style: ['bold', 'yellow'] },
      { text: sanitizeForTerminal(lastProblem, 300), style: 'yellow' },
    ],
  ];
}

function stopping(progress: CampaignProgress, columns: number): StyledLine[] {
  if (!progress.stopping) return [];
  const text =
    columns < 82
      ? '  Finishing. Ctrl-C again stops at once'
      : '  Finishing what is in flight. Ctrl-C again stops at once; nothing stored is lost';
  return [[{ text, style: 'yellow' }]];
}

function some(count: number, what: string): Span[] {
  return count > 0 ? [{ text: `${formatCount(count)} ${what}` }] : [];
}

function problemSpans(count: number, what: string): Span[] {
  return count > 0 ? [{ text: `${formatCount(count)} ${what}`, style: 'red' }] : [];
}

/** Adds the details that still fit, the first ones first. */
function withDetails(line: StyledLine, details: readonly Span[], columns: number): StyledLine {
  const result = [...line];
  let first = true;
  for (const detail of details) {
    const separator: Span = { text: first ? '  ' : ' · ', style: 'dim' };
    if (lineWidth([...result, separator, detail]) > columns) break;
    result.push(separator, { style: 'dim', ...detail });
    first = false;
  }
  return result;
}
