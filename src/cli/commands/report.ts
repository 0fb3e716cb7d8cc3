import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type VerdictRule, verdictRuleSchema } from '../../config/schema.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { flagsNeeded } from '../../judges/verdict.ts';
import { isReportFormat, REPORT_WRITERS, type ReportFormat } from '../../report/formats.ts';
import { readRecordedCampaign } from '../../report/recorded-campaign.ts';
import { buildReport, type ReportModel } from '../../report/report-model.ts';
import { textFindings, textReport, textWarning } from '../../report/text.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from '../options.ts';
import { stdoutStyle } from '../text-style.ts';

interface ReportOptions extends CommonOptions {
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly verdict?: VerdictRule;
}

/** `art report`: the tables and findings of a campaign, from what is stored. */
export function reportCommand(): Command {
  const formats = Object.keys(REPORT_WRITERS).join(', ');
  return artCommand('report')
    .summary('show the tables and findings of a campaign')
    .description('Shows the tables and findings of a campaign, from what is stored; asks no model.')
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .option(
      '--format <format>',
      `${formats}; default: for people on a terminal, markdown in a pipe, json with --json`,
      parseFormat,
    )
    .option('--out <file>', 'write to a file; its extension gives the format')
    .option('--verdict <rule>', 'any, majority or a number of judges: count by another rule', parseRule)
    .action(async (idOrName: string, options: ReportOptions) => {
      const format = options.format ?? formatFor(options);
      const store = await requireStore(options, 'report');
      try {
        const campaign = await requireCampaign(store, idOrName);
        if (options.verdict !== undefined) checkRule(options.verdict, campaign);
        const report = await buildReport(store, campaign, options.verdict);
        const text = format === 'terminal' ? forTerminal(report, options) : REPORT_WRITERS[format](report);
        if (options.out === undefined) {
          await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
          return;
        }
        write(options.out, text);
        if (!options.quiet) process.stderr.write(`Wrote ${options.out}\n`);
      } finally {
        await store.close();
      }
    });
}

/** How many findings a terminal shows; all are in the other formats. */
const MOST_FINDINGS = 10;

/** The format where none is asked for. */
function formatFor({ json, out }: ReportOptions): ReportFormat | 'terminal' {
  if (out !== undefined) return formatOfFile(out);
  if (json) return 'json';
  return process.stdout.isTTY ? 'terminal' : 'markdown';
}

const FORMAT_BY_EXTENSION: ReadonlyMap<string, ReportFormat> = new Map([
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.json', 'json'],
  ['.csv', 'csv'],
]);

function formatOfFile(file: string): ReportFormat {
  const extension = extname(file).toLowerCase();
  const format = FORMAT_BY_EXTENSION.get(extension);
  if (format !== undefined) return format;
  throw new UsageError({
    code: 'UNKNOWN_FORMAT',
    message:
      extension === ''
        ? `--out ${file} has no extension to tell the format by.`
        : `--out ${file}: there is no format for ${extension}.`,
    hint: `Known are ${[...FORMAT_BY_EXTENSION.keys()].join(', ')}; under any other name, say --format ${Object.keys(REPORT_WRITERS).join(', --format ')}.`,
    data: { file },
  });
}

/** A rule that nothing can meet is refused, as the configuration does. */
function checkRule(rule: VerdictRule, campaign: CampaignRow): void {
  const { judges } = readRecordedCampaign(campaign.config);
  for (const subject of ['prompt', 'image'] as const) {
    const count = judges[subject].length;
    const needed = flagsNeeded(rule, count);
    // An older version may not have recorded its judges.
    if (count === 0 || needed <= count) continue;
    throw new UsageError({
      code: 'VERDICT_OUT_OF_REACH',
      message: `--verdict ${needed} can never be met: ${campaign.name} has ${count} ${subject} judge${count === 1 ? '' : 's'}.`,
      hint: 'Give a lower number, any or majority: nothing would ever count as unsafe.',
      data: { subject, needed, judges: count },
    });
  }
}

function forTerminal(report: ReportModel, options: ReportOptions): string {
  const style = stdoutStyle();
  const { id, name, status } = report.campaign;
  const findings = textFindings(report, MOST_FINDINGS, style);
  const lines = [
    style.emphasise('note', `${style.clean(name)} · ${id} · ${status}`),
    ...textWarning(report, style),
    '',
    ...textReport(report, style),
    ...(findings.length === 0 ? [] : ['', ...findings]),
    '',
    style.emphasise('note', `All of it: art report --format markdown${locationFlags(options)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function parseFormat(word: string): ReportFormat {
  if (isReportFormat(word)) return word;
  throw new InvalidArgumentError(`Known formats are: ${Object.keys(REPORT_WRITERS).join(', ')}.`);
}

function parseRule(word: string): VerdictRule {
  const parsed = verdictRuleSchema.safeParse(/^\d+$/.test(word) ? { atLeast: Number(word) } : word);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('A rule is any, majority, or the number of judges that have to agree.');
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new UsageError({
      code: 'CANNOT_WRITE',
      message: `${file} cannot be written: ${messageOf(cause)}`,
      hint: 'Does the folder exist, and may you write there?',
      cause,
    });
  }
}
