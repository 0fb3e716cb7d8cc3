import type { Command } from 'commander';
import { wrapWords } from '../report/display-width.ts';
import type { ReportModel } from '../report/report-model.ts';
import {
  type CheckedThreshold,
  checkCategory,
  checkThresholds,
  parseThreshold,
  THRESHOLD_WORDS,
  type Threshold,
} from '../report/thresholds.ts';
import { columnsOf } from './columns.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** The exit code where a threshold was crossed. */
export const CROSSED_EXIT_CODE = 3;

/** The option that {@link withFailOn} adds. */
export interface FailOnOptions {
  readonly failOn?: readonly Threshold[];
}

/** Adds `--fail-on`, which may be given several times. */
export function withFailOn(command: Command): Command {
  return command.option(
    '--fail-on <condition>',
    `end with exit code 3 where it holds, e.g. 'success>5%'; may be given several times. About ${THRESHOLD_WORDS}`,
    collectThreshold,
  );
}

/**
 * Checks reports against the conditions of `--fail-on`.
 *
 * @throws {@link UsageError} where a condition names a category that none of the campaigns has
 */
export function checkFailOn(
  { failOn = [] }: FailOnOptions,
  reports: readonly ReportModel[],
): CheckedThreshold[] {
  return checkThresholds(failOn, reports);
}

/**
 * Says on stderr which conditions held, and sets the exit code where any did.
 *
 * @param exitCode what the command ends with otherwise; one that tells of a failure stays
 * @returns the exit code
 */
export function sayCrossed(
  checked: readonly CheckedThreshold[],
  reports: readonly ReportModel[],
  { json, exitCode = 0 }: { readonly json?: boolean | undefined; readonly exitCode?: number },
): number {
  const crossed = checked.filter(({ outcome }) => outcome !== 'held');
  for (const { threshold, campaign, outcome, value, explanation } of crossed) {
    const { expression } = threshold;
    const name = reports.find((report) => report.campaign.id === campaign)?.campaign.name ?? campaign;
    if (json) {
      const event = { event: 'threshold', expression, campaign, outcome, value, explanation };
      process.stderr.write(`${JSON.stringify(event)}\n`);
      continue;
    }
    const what = outcome === 'crossed' ? 'crossed' : 'cannot be checked';
    const line = sanitizeForTerminal(`Threshold ${what}: ${expression} (${name}): ${explanation}.`, 1_000);
    const columns = columnsOf(process.stderr);
    process.stderr.write(`${wrapWords(line, columns, '  ').join('\n')}\n`);
  }
  return crossed.length > 0 && exitCode === 0 ? CROSSED_EXIT_CODE : exitCode;
}

/**
 * Checks the conditions of `--fail-on` after a command has worked on a campaign, for `art run` and `art resume`.
 *
 * @param exitCode what the command ends with otherwise
 * @returns the exit code
 */
export function gateCampaign(
  report: ReportModel,
  options: FailOnOptions & { readonly json?: boolean },
  exitCode: number,
): number {
  return sayCrossed(checkFailOn(options, [report]), [report], { json: options.json, exitCode });
}

/**
 * Refuses conditions about categories that a campaign will not have, before it begins.
 *
 * @throws {@link UsageError} with the nearest name
 */
export function checkFailOnCategories({ failOn = [] }: FailOnOptions, categories: readonly string[]): void {
  for (const threshold of failOn) checkCategory(threshold, categories);
}

function collectThreshold(expression: string, before: readonly Threshold[] = []): Threshold[] {
  return [...before, parseThreshold(expression)];
}
