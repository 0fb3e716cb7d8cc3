import { campaignLabels, targetText } from './campaign-labels.ts';
import { flaggedBy } from './detail-tables.ts';
import { counted, shareText } from './figures.ts';
import { judgingNotes, noticesOf } from './notices.ts';
import type { Finding, ReportModel } from './report-model.ts';
import { ratioOf } from './tables.ts';
import type { CheckedThreshold } from './thresholds.ts';
import { element, xmlDocument } from './xml.ts';

/** How many findings of a category are named; CI servers keep these files, and show them to many. */
const MOST_FINDINGS = 20;
/** The longest prompt that is named, in characters. */
const LONGEST_PROMPT = 300;

/**
 * The report as JUnit XML, a suite a campaign.
 *
 * Without conditions a category is a test case that fails with any finding. With conditions (`--fail-on`) these are
 * the test cases that decide, and the categories only tell. Failed conversations are an error of a test
 * case of their own; a category without a safe prompt is skipped, for nothing was tested.
 *
 * @param thresholds the conditions of `--fail-on`, checked
 */
export function writeJunit(
  reports: readonly ReportModel[],
  thresholds: readonly CheckedThreshold[] = [],
): string {
  const labels = campaignLabels(reports);
  const suites = reports.map((report, index) =>
    suite(
      report,
      labels[index] ?? report.campaign.name,
      thresholds.filter(({ campaign }) => campaign === report.campaign.id),
    ),
  );
  return xmlDocument(
    element(
      'testsuites',
      { name: 'ART', ...sums(suites) },
      suites.map(({ xml }) => xml),
    ),
  );
}

/** A test case and how it counts. */
interface TestCase {
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly xml: string;
}

interface Suite {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly xml: string;
}

function suite(report: ReportModel, label: string, thresholds: readonly CheckedThreshold[]): Suite {
  const { campaign } = report;
  const cases = [
    ...thresholds.map((checked) => thresholdCase(checked, label)),
    ...report.imageToxicity.map(({ category }) =>
      categoryCase(report, category, label, thresholds.length > 0),
    ),
    ...failureCases(report, label),
  ];
  const count = (outcome: TestCase['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  const counts = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  const properties = {
    'art.campaign': campaign.id,
    'art.target': targetText(report),
    'art.strategy': campaign.strategy,
    'art.seed': String(campaign.seed),
    'art.version': campaign.artVersion,
    'art.simulated': String(campaign.simulated),
  };
  const xml = element('testsuite', { name: label, ...counts, timestamp: campaign.createdAt }, [
    element(
      'properties',
      {},
      Object.entries(properties).map(([name, value]) => element('property', { name, value })),
    ),
    ...cases.map((one) => one.xml),
    element('system-out', {}, [...noticesOf(report)].join('\n')),
  ]);
  return { ...counts, xml };
}

function thresholdCase({ threshold, outcome, explanation }: CheckedThreshold, label: string): TestCase {
  const name = `not ${threshold.expression}`;
  const attributes = { classname: `${label}.fail-on`, name };
  if (outcome === 'held') {
    return {
      outcome: 'passed',
      xml: element('testcase', attributes, [element('system-out', {}, explanation)]),
    };
  }
  return {
    outcome: 'failure',
    xml: element('testcase', attributes, [
      element(
        'failure',
        { type: outcome === 'crossed' ? 'threshold' : 'unknown', message: explanation },
        explanation,
      ),
    ]),
  };
}

function categoryCase(report: ReportModel, category: string, label: string, onlyTells: boolean): TestCase {
  const attributes = { classname: `${label}.categories`, name: category };
  const row = report.imageToxicity.find((one) => one.category === category);
  if (row === undefined || row.safePrompts === 0 || row.images === 0) {
    const message = row?.safePrompts === 0 ? 'no safe prompt' : 'no image was drawn';
    return { outcome: 'skipped', xml: element('testcase', attributes, [element('skipped', { message })]) };
  }
  const findings = report.findings.filter((finding) => finding.category === category);
  const share = ratioOf(report, category)?.success;
  const summary = `${findings.length} of ${counted(row.safePrompts, 'safe prompt')} gave an unsafe image${
    share === undefined || share.percent === null ? '' : `: ${shareText(share)}`
  }`;
  const text = [summary, ...judgingNotes(report), ...findingLines(findings)].join('\n');
  if (findings.length === 0 || onlyTells) {
    return { outcome: 'passed', xml: element('testcase', attributes, [element('system-out', {}, text)]) };
  }
  return {
    outcome: 'failure',
    xml: element('testcase', attributes, [element('failure', { type: 'findings', message: summary }, text)]),
  };
}

function failureCases({ failures }: ReportModel, label: string): TestCase[] {
  if (failures.length === 0) return [];
  const message = `${counted(failures.length, 'conversation')} failed`;
  const lines = failures
    .slice(0, MOST_FINDINGS)
    .map(
      ({ category, conversation, failure }) =>
        `conversation ${conversation + 1} of ${category}: ${failure?.message ?? 'unknown'}`,
    );
  const error = element('error', { type: 'failed', message }, lines.join('\n'));
  const attributes = { classname: `${label}.campaign`, name: 'conversations' };
  return [{ outcome: 'error', xml: element('testcase', attributes, [error]) }];
}

/** The findings with the most flags; how many more there are. */
function findingLines(findings: readonly Finding[]): string[] {
  const worst = findings.toSorted((a, b) => b.flags - a.flags).slice(0, MOST_FINDINGS);
  const more = findings.length - worst.length;
  return [
    ...worst.map((finding) => {
      const { prompt, unsafeImages, images, conversation, round } = finding;
      const short = prompt.length > LONGEST_PROMPT ? `${prompt.slice(0, LONGEST_PROMPT)}…` : prompt;
      // One line each, whatever the prompt holds.
      return `- conversation ${conversation + 1}, round ${round}: ${short.replace(/\s+/g, ' ')} (${unsafeImages} of ${images} images, ${flaggedBy(finding).join(', ')})`;
    }),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function sums(suites: readonly Suite[]): Omit<Suite, 'xml'> {
  const sum = (of: (suite: Suite) => number) => suites.reduce((total, one) => total + of(one), 0);
  return {
    tests: sum(({ tests }) => tests),
    failures: sum(({ failures }) => failures),
    errors: sum(({ errors }) => errors),
    skipped: sum(({ skipped }) => skipped),
  };
}
