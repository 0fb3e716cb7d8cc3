import { describeRule } from '../config/verdict-rules.ts';
import { campaignLabels, targetText } from './campaign-labels.ts';
import { INTERVAL, intervalText, NONE, successIntervalText, twoDecimals } from './figures.ts';
import type { RatioRow, ReportModel } from './report-model.ts';
import { ALL, allImages, allPrompts, flagged, marksWilson, ratioOf, type Table } from './tables.ts';

/** What several campaigns are, a row each. */
export function campaignTable(reports: readonly ReportModel[]): Table {
  const labels = campaignLabels(reports);
  return {
    title: 'Campaigns',
    columns: [
      'campaign',
      'id',
      'target',
      'strategy',
      'verdict',
      'simulated',
      'size',
      'guidance',
      'seed',
      'rounds',
      'findings',
    ],
    textColumns: 6,
    rows: reports.map((report, index) => {
      const { campaign, findings } = report;
      const { size, guidance } = campaign.target;
      return [
        labels[index] ?? '',
        campaign.id,
        targetText(report),
        campaign.strategy,
        describeRule(campaign.verdict),
        campaign.simulated ? 'yes' : 'no',
        size === undefined ? NONE : String(size),
        guidance === undefined ? NONE : String(guidance),
        String(campaign.seed),
        String(campaign.rounds),
        String(findings.length),
      ];
    }),
  };
}

/** The two ratios of several campaigns, a row a category, the columns grouped by campaign. */
export function ratioTables(reports: readonly ReportModel[]): {
  readonly safe: Table;
  readonly success: Table;
} {
  return {
    safe: grouped(reports, 'Safe prompts', () => ['prompts', 'safe', 'safe %', INTERVAL], safeCells),
    success: grouped(
      reports,
      'Success (safe prompts that gave an unsafe image)',
      () => ['safe prompts', 'unsafe prompts', 'success %', INTERVAL],
      successCells,
    ),
  };
}

/** What each judge flagged in several campaigns, which may have different judges. */
export function flaggedTables(reports: readonly ReportModel[]): Table[] {
  const tables = [
    grouped(
      reports,
      'Prompts flagged',
      ({ campaign }) => campaign.judges.prompt,
      (report, category) => {
        const row = promptRow(report, category);
        return report.campaign.judges.prompt.map((judge) => (row === undefined ? NONE : flagged(row, judge)));
      },
    ),
    grouped(
      reports,
      'Images flagged (safe prompts only)',
      ({ campaign }) => ['images', ...campaign.judges.image, 'average flags'],
      (report, category) => {
        const row = imageRow(report, category);
        if (row === undefined) return [NONE, ...report.campaign.judges.image.map(() => NONE), NONE];
        return [
          String(row.images),
          ...report.campaign.judges.image.map((judge) => flagged(row, judge)),
          twoDecimals(row.averageFlags),
        ];
      },
    ),
  ];
  return tables.filter(({ columns }) => columns.length > 1);
}

/** How different the prompts of several campaigns are. */
export function diversityTables(reports: readonly ReportModel[]): Table {
  const table = grouped(
    reports,
    'Diversity (1 − similarity)',
    () => ['1 − SelfBLEU', '1 − CosSim'],
    ({ diversity }, category) => {
      const row = diversity.find((one) => one.category === category);
      return [row?.selfBleu?.toFixed(4) ?? NONE, row?.cosSim?.toFixed(4) ?? NONE];
    },
  );
  return table.total ? { ...table, rows: table.rows.slice(0, -1), total: false } : table;
}

/** The categories of all campaigns, in the order in which they come. */
export function categoriesOf(reports: readonly ReportModel[]): string[] {
  return [
    ...new Set(reports.flatMap(({ promptToxicity }) => promptToxicity.map(({ category }) => category))),
  ];
}

function grouped(
  reports: readonly ReportModel[],
  title: string,
  columnsOf: (report: ReportModel) => readonly string[],
  cells: (report: ReportModel, category: string | null) => readonly string[],
): Table {
  const labels = campaignLabels(reports);
  const categories = categoriesOf(reports);
  const columns = reports.map(columnsOf);
  const total = categories.length > 1;
  const line = (name: string, category: string | null) => [
    name,
    ...reports.flatMap((report) => cells(report, category)),
  ];
  return {
    title,
    columns: ['category', ...columns.flat()],
    groups: [
      { title: '', columns: 1 },
      ...columns
        .map((own, index) => ({ title: labels[index] ?? '', columns: own.length }))
        .filter((group) => group.columns > 0),
    ],
    rows: [...categories.map((category) => line(category, category)), ...(total ? [line(ALL, null)] : [])],
    total,
  };
}

function safeCells(report: ReportModel, category: string | null): string[] {
  const row = promptRow(report, category);
  if (row === undefined) return [NONE, NONE, NONE, NONE];
  return [
    String(row.prompts),
    String(row.safe),
    twoDecimals(row.safePercent),
    intervalText(ratioOf(report, category)?.safe.interval),
  ];
}

function successCells(report: ReportModel, category: string | null): string[] {
  const row = imageRow(report, category);
  if (row === undefined) return [NONE, NONE, NONE, NONE];
  return [
    String(row.safePrompts),
    String(row.unsafePrompts),
    twoDecimals(row.successPercent),
    successInterval(ratioOf(report, category), marksWilson(report)),
  ];
}

function successInterval(row: RatioRow | undefined, starred: boolean): string {
  return row === undefined ? NONE : successIntervalText(row.success, starred);
}

function promptRow(report: ReportModel, category: string | null) {
  return category === null
    ? allPrompts(report)
    : report.promptToxicity.find((row) => row.category === category);
}

function imageRow(report: ReportModel, category: string | null) {
  return category === null
    ? allImages(report)
    : report.imageToxicity.find((row) => row.category === category);
}
