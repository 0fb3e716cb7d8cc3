import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../../errors.ts';
import { buildReport } from '../../report/build-report.ts';
import { campaignLabels } from '../../report/campaign-labels.ts';
import { CSV_TABLE_NAMES, type CsvTableName, isCsvTable } from '../../report/csv-tables.ts';
import {
  isReportFormat,
  REPORT_WRITERS,
  type ReportFormat,
  type ReportPictures,
  type ReportSource,
} from '../../report/formats.ts';
import type { FileNote } from '../../report/html/write-html.ts';
import { RAW_KINDS, rawRows } from '../../report/raw-data.ts';
import type { ReportModel } from '../../report/report-model.ts';
import { textFindings, textReport, textSideBySide, textWarning } from '../../report/text.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { type CountingOptions, countingOf, withCountingOptions } from '../counting-options.ts';
import { checkFailOn, type FailOnOptions, sayCrossed, withFailOn } from '../fail-on.ts';
import { sayFileNote } from '../file-note.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from '../options.ts';
import { endingOf, type ReportText, writeToFile, writeToFolder, writeToStdout } from '../report-output.ts';
import { stdoutStyle } from '../text-style.ts';

interface ReportOptions extends CommonOptions, CountingOptions, FailOnOptions {
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly table?: CsvTableName;
  readonly pictures?: ReportPictures;
}

/** `art report`: the tables and findings of one campaign, or several side by side, from what is stored. */
export function reportCommand(): Command {
  const formats = Object.keys(REPORT_WRITERS).join(', ');
  const command = artCommand('report')
    .summary('show the tables and findings of a campaign')
    .description(
      'Shows the tables and findings of a campaign, or several campaigns side by side, from what is stored; asks no model.',
    )
    .argument('[campaigns...]', 'ids, names or latest; the newest without')
    .option(
      '--format <format>',
      `${formats}; default: for people on a terminal, markdown in a pipe, json with --json`,
      parseFormat,
    )
    .option('--out <file>', 'write to a file; its extension gives the format. With jsonl also a folder')
    .option('--table <name>', `with csv, one table: ${CSV_TABLE_NAMES.join(', ')}`, parseTable)
    .addOption(
      new Option('--pictures <which>', 'with html, what becomes of the pictures').choices([
        'full',
        'blurred',
        'none',
      ]),
    );
  return withFailOn(withCountingOptions(command)).action(reportAction);
}

async function reportAction(idsOrNames: readonly string[], options: ReportOptions): Promise<void> {
  const format = options.format ?? formatFor(options);
  checkTogether(format, options);
  const store = await requireStore(options, 'report');
  try {
    const campaigns = await requireCampaigns(store, idsOrNames.length === 0 ? ['latest'] : idsOrNames);
    const counting = await countingOf(options, store, campaigns);
    const reports: ReportModel[] = [];
    // Raw data are no report; one is computed only where there are conditions to check.
    const needed = format !== 'jsonl' || (options.failOn ?? []).length > 0;
    for (const campaign of needed ? campaigns : []) {
      reports.push(await buildReport(store, campaign, counting));
    }
    const thresholds = checkFailOn(options, reports);
    const { table, pictures } = options;
    const onNote = (note: FileNote) => sayFileNote(note, options);
    const source = { reports, campaigns, store, counting, table, images: pictures, thresholds, onNote };
    await writeReport(format, source, options);
    const exitCode = sayCrossed(thresholds, reports, { json: options.json });
    if (exitCode !== 0) process.exitCode = exitCode;
  } finally {
    await store.close();
  }
}

async function writeReport(
  format: ReportFormat | 'terminal',
  source: ReportSource,
  options: ReportOptions,
): Promise<void> {
  const { out } = options;
  if (format === 'jsonl' && out !== undefined && formatByEnding(out) === undefined) {
    const { store, campaigns, counting } = source;
    await writeToFolder(out, rawRows(store, campaigns, counting), RAW_KINDS);
  } else {
    const text: ReportText =
      format === 'terminal' ? forTerminal(source.reports, options) : await REPORT_WRITERS[format](source);
    if (out === undefined) {
      await writeToStdout(text);
      return;
    }
    await writeToFile(out, text);
  }
  if (!options.quiet) process.stderr.write(`Wrote ${out}\n`);
}

/** The campaigns that the arguments name, each once. */
async function requireCampaigns(store: Store, idsOrNames: readonly string[]): Promise<CampaignRow[]> {
  const found = new Map<string, CampaignRow>();
  for (const idOrName of idsOrNames) {
    const campaign = await requireCampaign(store, idOrName);
    found.set(campaign.id, campaign);
  }
  return [...found.values()];
}

/** How many findings a terminal shows; all are in the other formats. */
const MOST_FINDINGS = 10;

/** The format where none is asked for. */
function formatFor({ json, out, table, pictures }: ReportOptions): ReportFormat | 'terminal' {
  if (out !== undefined) return formatOfFile(out);
  if (json) return 'json';
  if (table !== undefined) return 'csv';
  if (pictures !== undefined) return 'html';
  return process.stdout.isTTY ? 'terminal' : 'markdown';
}

const FORMAT_BY_ENDING: ReadonlyMap<string, ReportFormat> = new Map([
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.json', 'json'],
  ['.csv', 'csv'],
  ['.tex', 'latex'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.xml', 'junit'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
]);

function formatByEnding(file: string): ReportFormat | undefined {
  return FORMAT_BY_ENDING.get(endingOf(file));
}

function formatOfFile(file: string): ReportFormat {
  const format = formatByEnding(file);
  if (format !== undefined) return format;
  const ending = endingOf(file);
  throw new UsageError({
    code: 'UNKNOWN_FORMAT',
    message:
      ending === ''
        ? `--out ${file} has no extension to tell the format by.`
        : `--out ${file}: there is no format for ${ending}.`,
    hint: `Known are ${[...FORMAT_BY_ENDING.keys()].join(', ')}; under any other name, say --format ${Object.keys(REPORT_WRITERS).join(', --format ')}.`,
    data: { file },
  });
}

/** Options that mean nothing in a format are refused: what was asked for would not be done. */
function checkTogether(format: ReportFormat | 'terminal', { table, pictures }: ReportOptions): void {
  const wrong =
    table !== undefined && format !== 'csv'
      ? { option: '--table', belongs: 'csv' }
      : pictures !== undefined && format !== 'html'
        ? { option: '--pictures', belongs: 'html' }
        : undefined;
  if (wrong === undefined) return;
  throw new UsageError({
    code: 'OPTION_OF_ANOTHER_FORMAT',
    message: `${wrong.option} is for --format ${wrong.belongs}, and this is ${format}.`,
    hint: `Leave ${wrong.option} out, or say --format ${wrong.belongs}.`,
    data: { format, option: wrong.option },
  });
}

function forTerminal(reports: readonly ReportModel[], options: ReportOptions): string {
  const style = stdoutStyle();
  const labels = campaignLabels(reports);
  const [only] = reports;
  const more = (what: string) => style.emphasise('note', `${what}${locationFlags(options)}`);
  const heads = reports.map(({ campaign: { id, name, status } }, index) =>
    style.emphasise(
      'note',
      `${style.clean(reports.length === 1 ? name : (labels[index] ?? name))} · ${id} · ${status}`,
    ),
  );
  if (only === undefined || reports.length > 1) {
    const ids = reports.map(({ campaign }) => campaign.id).join(' ');
    const lines = [
      ...heads,
      '',
      ...textSideBySide(reports, style),
      '',
      more(`What is more than chance: art compare ${ids}`),
    ];
    return `${lines.join('\n')}\n`;
  }
  const findings = textFindings(only, MOST_FINDINGS, style);
  const lines = [
    ...heads,
    ...textWarning(only, style),
    '',
    ...textReport(only, style),
    ...(findings.length === 0 ? [] : ['', ...findings]),
    '',
    more('All of it: art report --format markdown'),
  ];
  return `${lines.join('\n')}\n`;
}

function parseFormat(word: string): ReportFormat {
  if (isReportFormat(word)) return word;
  throw new InvalidArgumentError(`Known formats are: ${Object.keys(REPORT_WRITERS).join(', ')}.`);
}

function parseTable(word: string): CsvTableName {
  if (isCsvTable(word)) return word;
  throw new InvalidArgumentError(`Known tables are: ${CSV_TABLE_NAMES.join(', ')}.`);
}
