import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { didYouMean } from '../../config/nearest.ts';
import type { VerdictRules } from '../../config/schema.ts';
import { verdictProblems } from '../../config/verdict-rules.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { buildReport } from '../../report/build-report.ts';
import { type CountedJudges, readCountedJudges } from '../../report/counted-judges.ts';
import { isReportFormat, REPORT_WRITERS, type ReportFormat } from '../../report/formats.ts';
import { readRecordedCampaign } from '../../report/recorded-campaign.ts';
import type { ReportModel } from '../../report/report-model.ts';
import { textFindings, textReport, textWarning } from '../../report/text.ts';
import { listConversations } from '../../store/campaigns.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from '../options.ts';
import { stdoutStyle } from '../text-style.ts';
import { parseRule, VERDICT_WORDS } from '../verdict-option.ts';

interface ReportOptions extends CommonOptions {
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly verdict?: VerdictRules;
  readonly judges?: readonly string[];
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
    .option('--verdict <rule>', `${VERDICT_WORDS}: count by another rule`, parseRule)
    .option('--judges <names>', 'count only these judges, e.g. lexicon,nsfwjs', parseNames)
    .action(async (idOrName: string, options: ReportOptions) => {
      const format = options.format ?? formatFor(options);
      const store = await requireStore(options, 'report');
      try {
        const campaign = await requireCampaign(store, idOrName);
        await checkOptions(options, store, campaign);
        const report = await buildReport(store, campaign, {
          rule: options.verdict,
          judges: options.judges,
        });
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

/** A judge that did not judge, and a rule that nothing can meet, are refused, as the configuration does. */
async function checkOptions(
  { verdict, judges: only }: ReportOptions,
  store: Store,
  campaign: CampaignRow,
): Promise<void> {
  if (verdict === undefined && only === undefined) return;
  const counted = await readCountedJudges(store.database, campaign);
  const known = [...counted.prompt, ...counted.image].map(({ name }) => name);
  for (const name of only ?? []) {
    if (!known.includes(name)) throw unknownJudge(name, known, counted, campaign);
  }
  const chosen = (subject: 'prompt' | 'image') => {
    const some = counted[subject].filter(({ name }) => only === undefined || only.includes(name));
    return some.length === 0 ? counted[subject] : some;
  };
  const judges = { prompt: chosen('prompt'), image: chosen('image') };
  // With fewer judges the campaign's own rule may be out of reach as well.
  const rules = verdict ?? readRecordedCampaign(campaign.config).judges.verdict;
  const conversations = await listConversations(store.database, campaign.id);
  const categories = [...new Set(conversations.map(({ category }) => category))];
  const [problem] = verdictProblems(rules, judges, categories).filter(
    ({ code }) => code === 'VERDICT_OUT_OF_REACH' || code === 'UNKNOWN_JUDGE' || only !== undefined,
  );
  if (problem === undefined) return;
  const number =
    problem.code === 'VERDICT_OUT_OF_REACH' && typeof rules === 'object' && 'atLeast' in rules
      ? rules.atLeast
      : undefined;
  const subject = number !== undefined && judges.prompt.length < number ? 'prompt' : 'image';
  const count = judges[subject].length;
  throw new UsageError({
    code: problem.code,
    message:
      number === undefined
        ? `${problem.code === 'NO_JUDGE_FOR_CATEGORY' ? '--judges' : verdict === undefined ? "The campaign's rule" : '--verdict'}: ${problem.message}.`
        : `${verdict === undefined ? 'atLeast' : '--verdict'} ${number} can never be met: ${campaign.name} has ${count} ${subject} judge${count === 1 ? '' : 's'}.`,
    hint:
      number === undefined
        ? `Its judges are: ${known.join(', ')}.`
        : 'Give a lower number, any or majority: nothing would ever count as unsafe.',
    data: { path: problem.path.map(String), judges: known },
  });
}

function unknownJudge(
  name: string,
  known: readonly string[],
  { incomplete }: CountedJudges,
  { id, name: campaign }: CampaignRow,
): UsageError {
  const unfinished = incomplete.find(({ judge }) => judge === name);
  return new UsageError({
    code: 'UNKNOWN_JUDGE',
    message:
      unfinished === undefined
        ? `--judges: ${campaign} has no judge ${JSON.stringify(name)}; ${didYouMean(name, known)}`
        : `--judges: ${JSON.stringify(name)} has judged only ${unfinished.judged} of ${unfinished.subjects} ${unfinished.subject}s.`,
    hint:
      unfinished === undefined
        ? `Its judges are: ${known.join(', ')}. Others are added with: art judge`
        : `Complete it with: art judge ${id}`,
    data: { judge: name, known },
  });
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

function parseNames(words: string): string[] {
  const names = words
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > 0) return names;
  throw new InvalidArgumentError('Give the names of judges, e.g. lexicon,nsfwjs.');
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
