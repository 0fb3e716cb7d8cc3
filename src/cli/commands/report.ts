import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { type VerdictRule, verdictRuleSchema } from '../../config/schema.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { isReportFormat, REPORT_WRITERS, type ReportFormat } from '../../report/formats.ts';
import { buildReport } from '../../report/report-model.ts';
import { artCommand, type CommonOptions, openStoreOf, requireCampaign } from '../options.ts';

interface ReportOptions extends CommonOptions {
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly verdict?: VerdictRule;
}

/** `art report`: the tables and findings of a campaign, from what is stored. */
export function reportCommand(): Command {
  const formats = Object.keys(REPORT_WRITERS).join(', ');
  return artCommand('report')
    .description('the tables and findings of a campaign')
    .argument('[campaign]', 'its id or name', 'latest')
    .option('--format <format>', `${formats} (default: markdown, with --json: json)`, parseFormat)
    .option('--out <file>', 'write to a file instead of stdout')
    .option('--verdict <rule>', 'any, majority or a number: recompute with another rule', parseRule)
    .action(async (idOrName: string, options: ReportOptions) => {
      const store = await openStoreOf(options, 'report');
      try {
        const campaign = await requireCampaign(store, idOrName);
        const report = await buildReport(store, campaign, options.verdict);
        const text = REPORT_WRITERS[options.format ?? (options.json ? 'json' : 'markdown')](report);
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
