import {
  costText,
  countText,
  INTERVAL,
  intervalText,
  millisecondsText,
  NONE,
  successIntervalText,
  twoDecimals,
} from './figures.ts';
import type { AgreementPair, Finding, ReportModel, RoundRow, SettingRow, Share } from './report-model.ts';
import { ALL, marksWilson, type Table } from './tables.ts';

/** The words and the meanings of a sweep's axes. */
export const AXES = { guidance: 'guidance scale', size: 'size' } as const;

/** How different the prompts are (Figure 4). */
export function diversityTable({ diversity }: ReportModel): Table {
  return {
    title: 'Diversity (1 − similarity)',
    columns: ['category', '1 − SelfBLEU', '1 − CosSim'],
    rows: diversity.map(({ category, selfBleu, cosSim }) => [
      category,
      selfBleu?.toFixed(4) ?? NONE,
      cosSim?.toFixed(4) ?? 'not computed',
    ]),
  };
}

/** Success over rounds: all categories with intervals, then each by itself. */
export function roundTable(report: ReportModel): Table | undefined {
  const { rounds } = report;
  const all = rounds.filter(({ category }) => category === null);
  if (all.length === 0) return undefined;
  const categories = report.promptToxicity.map(({ category }) => category);
  const find = indexBy(rounds, ({ category, round }: RoundRow) => `${round} ${category ?? ''}`);
  return {
    title: 'Success over rounds',
    columns: ['round', 'prompts', 'safe %', INTERVAL, 'success %', INTERVAL, ...named(categories)],
    groups: successGroups(6, categories),
    rows: all.map(({ round, safe, success }) => [
      String(round),
      String(safe.of),
      ...ratio(safe),
      ...ratio(success),
      ...named(categories).map((category) => twoDecimals(find.get(`${round} ${category}`)?.success.percent)),
    ]),
  };
}

/** The success ratio and the share of safe prompts under each setting of a sweep (Figure 3), a table an axis. */
export function settingTables(report: ReportModel): Table[] {
  const { settings } = report;
  const categories = named(report.promptToxicity.map(({ category }) => category));
  const find = indexBy(
    settings,
    ({ axis, value, category }: SettingRow) => `${axis} ${value} ${category ?? ''}`,
  );
  const starred = marksWilson(report);
  return (['guidance', 'size'] as const).flatMap((axis) => {
    const all = settings.filter((row) => row.axis === axis && row.category === null);
    if (all.length === 0) return [];
    return {
      title: `Success by ${AXES[axis]}`,
      columns: [AXES[axis], 'images', 'safe %', 'success %', INTERVAL, ...categories],
      groups: successGroups(5, categories),
      rows: all.map(({ value, own, images, safe, success }) => [
        own ? `${value} (its own)` : value,
        String(images),
        twoDecimals(safe.percent),
        twoDecimals(success.percent),
        successIntervalText(success, starred),
        ...categories.map((category) =>
          twoDecimals(find.get(`${axis} ${value} ${category}`)?.success.percent),
        ),
      ]),
    };
  });
}

/** How far each two judges agree. */
export function agreementTable({ agreement }: ReportModel): Table | undefined {
  if (agreement.length === 0) return undefined;
  return {
    title: 'Agreement of the judges',
    columns: ['judges of', 'one', 'the other', 'both judged', ...AGREEMENT_COLUMNS],
    textColumns: 3,
    rows: agreement.map((pair) => [`${pair.subject}s`, ...pair.judges, ...agreementCells(pair)]),
  };
}

const AGREEMENT_COLUMNS = ['agree %', INTERVAL, 'kappa', INTERVAL];

function agreementCells({
  subjects,
  agreementPercent,
  agreementInterval,
  kappa,
  kappaInterval,
}: Omit<AgreementPair, 'judges'>): string[] {
  return [
    countText(subjects),
    twoDecimals(agreementPercent),
    intervalText(agreementInterval),
    kappaText(kappa),
    kappaInterval === null ? NONE : `${kappaText(kappaInterval.low)} to ${kappaText(kappaInterval.high)}`,
  ];
}

/** What was asked of each endpoint. */
export function usageTable({ usage }: ReportModel): Table | undefined {
  if (usage === undefined || usage.endpoints.length === 0) return undefined;
  const { endpoints } = usage;
  const tokens = endpoints.some(({ inputTokens, outputTokens }) => (inputTokens ?? outputTokens) !== null);
  const cost = endpoints.some((endpoint) => endpoint.cost !== null);
  return {
    title: 'Requests',
    columns: [
      'endpoint',
      'requests',
      'attempts',
      ...(tokens ? ['tokens in', 'tokens out'] : []),
      'median ms',
      '90 % ms',
      '99 % ms',
      'waited ms',
      ...(cost ? ['cost'] : []),
    ],
    rows: endpoints.map((endpoint) => [
      endpoint.endpoint,
      countText(endpoint.requests),
      countText(endpoint.attempts),
      ...(tokens ? [countOrNone(endpoint.inputTokens), countOrNone(endpoint.outputTokens)] : []),
      millisecondsText(endpoint.latencyMs?.p50),
      millisecondsText(endpoint.latencyMs?.p90),
      millisecondsText(endpoint.latencyMs?.p99),
      millisecondsText(endpoint.waitedMs),
      ...(cost ? [costText(endpoint.cost)] : []),
    ]),
  };
}

/** What judges flag, corrected for their errors. */
export function correctedTable({ corrected = [] }: ReportModel): Table | undefined {
  if (corrected.length === 0) return undefined;
  return {
    title: "Corrected for the judges' errors",
    columns: [
      'category',
      'judge',
      'of',
      'measured on',
      'flagged %',
      'corrected %',
      INTERVAL,
      'sensitivity',
      'specificity',
    ],
    textColumns: 4,
    rows: corrected.map(({ category, subject, judge, apparent, correctedPercent, interval, measured }) => [
      category ?? ALL,
      judge,
      `${subject}s`,
      `${measured.data} (${countText(measured.subjects)})`,
      twoDecimals(apparent.percent),
      twoDecimals(correctedPercent),
      intervalText(interval),
      measured.sensitivity.toFixed(2),
      measured.specificity.toFixed(2),
    ]),
  };
}

/** What reviewers said against the campaign's verdict, and against each other. */
export function reviewTables({ review }: ReportModel): Table[] {
  if (review === undefined) return [];
  const { againstVerdict, pairs } = review;
  return [
    ...(againstVerdict.length === 0
      ? []
      : [
          {
            title: 'Reviewers against the verdict',
            columns: ['of', 'compared', 'agreed', 'agreed %', INTERVAL, 'false positives', 'false negatives'],
            rows: againstVerdict.map((row) => [
              `${row.subject}s`,
              countText(row.compared),
              countText(row.agreed),
              twoDecimals(row.agreedPercent),
              intervalText(row.interval),
              countText(row.falsePositives),
              countText(row.falseNegatives),
            ]),
          },
        ]),
    ...(pairs.length === 0
      ? []
      : [
          {
            title: 'Reviewers against each other',
            columns: ['on', 'one', 'the other', 'both labelled', ...AGREEMENT_COLUMNS],
            textColumns: 3,
            rows: pairs.map((pair) => [`${pair.subject}s`, ...pair.reviewers, ...agreementCells(pair)]),
          },
        ]),
  ];
}

/** Every finding with what is needed to draw it again. */
export function findingsTable({ findings }: ReportModel): Table {
  return {
    title: `Findings (${findings.length})`,
    columns: ['category', 'prompt', 'flagged by', 'seeds', 'unsafe images'],
    textColumns: 4,
    rows: findings.map((finding) => [
      finding.category,
      finding.prompt,
      flaggedBy(finding).join(', '),
      finding.examples.map(({ seed }) => seed).join(' '),
      `${finding.unsafeImages} of ${finding.images}`,
    ]),
  };
}

/** The judges that flagged any image of a finding. */
export function flaggedBy({ examples }: Finding): string[] {
  return [...new Set(examples.flatMap((image) => image.flaggedBy.map(({ judge }) => judge)))];
}

function kappaText(kappa: number | null): string {
  // A sign of its own, that is told from a dash.
  return kappa === null ? NONE : kappa.toFixed(2).replace('-', '−');
}

function countOrNone(count: number | null): string {
  return count === null ? NONE : countText(count);
}

function ratio(share: Share): string[] {
  return [twoDecimals(share.percent), intervalText(share.interval)];
}

/** What the columns of the categories hold, beside so many others. */
function successGroups(others: number, categories: readonly string[]): NonNullable<Table['groups']> {
  const columns = named(categories).length;
  return columns === 0
    ? []
    : [
        { title: '', columns: others },
        { title: 'success %', columns },
      ];
}

/** Nothing where one category is all there is. */
function named(categories: readonly string[]): readonly string[] {
  return categories.length > 1 ? categories : [];
}

function indexBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}
