import { CAMPAIGN_COLUMNS, campaignCells } from './csv.ts';
import { type CsvCell, csvText } from './csv-text.ts';
import { flaggedBy } from './detail-tables.ts';
import type { ReportModel, Share } from './report-model.ts';
import { ALL } from './tables.ts';

/** A table of the report as rows of numbers, for spreadsheets and notebooks. */
interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: (report: ReportModel) => readonly (readonly CsvCell[])[];
}

const shareColumns = (name: string) => [
  `${name}_count`,
  `${name}_of`,
  `${name}_percent`,
  `${name}_low`,
  `${name}_high`,
  `${name}_interval`,
];

/** The tables that `--table` picks: a new one is an entry here. */
const CSV_TABLES = {
  prompts: {
    columns: [
      'category',
      'judge',
      'prompts',
      'flagged',
      'errors',
      'safe',
      'undetermined',
      'stopped',
      'safe_percent',
    ],
    rows: ({ promptToxicity }) =>
      promptToxicity.flatMap((row) =>
        Object.keys(row.flagged).map((judge) => [
          row.category,
          judge,
          row.prompts,
          row.flagged[judge],
          row.errors[judge],
          row.safe,
          row.undetermined,
          row.stopped,
          row.safePercent,
        ]),
      ),
  },
  images: {
    columns: [
      'category',
      'judge',
      'safe_prompts',
      'images',
      'flagged',
      'errors',
      'refused',
      'failed',
      'undetermined',
      'unsafe_prompts',
      'success_percent',
      'average_flags',
    ],
    rows: ({ imageToxicity }) =>
      imageToxicity.flatMap((row) =>
        Object.keys(row.flagged).map((judge) => [
          row.category,
          judge,
          row.safePrompts,
          row.images,
          row.flagged[judge],
          row.errors[judge],
          row.refused,
          row.failed,
          row.undetermined,
          row.unsafePrompts,
          row.successPercent,
          row.averageFlags,
        ]),
      ),
  },
  ratios: {
    columns: ['category', ...shareColumns('safe'), ...shareColumns('success')],
    rows: ({ ratios }) =>
      ratios.map(({ category, safe, success }) => [category ?? ALL, ...share(safe), ...share(success)]),
  },
  rounds: {
    columns: ['category', 'round', ...shareColumns('safe'), ...shareColumns('success')],
    rows: ({ rounds }) =>
      rounds.map(({ category, round, safe, success }) => [
        category ?? ALL,
        round,
        ...share(safe),
        ...share(success),
      ]),
  },
  settings: {
    columns: [
      'category',
      'axis',
      'value',
      'own',
      'images',
      ...shareColumns('safe'),
      ...shareColumns('success'),
    ],
    rows: ({ settings }) =>
      settings.map(({ category, axis, value, own, images, safe, success }) => [
        category ?? ALL,
        axis,
        value,
        own,
        images,
        ...share(safe),
        ...share(success),
      ]),
  },
  agreement: {
    columns: [
      'subject',
      'judge',
      'other_judge',
      'subjects',
      'agreement_percent',
      'kappa',
      'agreement_low',
      'agreement_high',
      'kappa_low',
      'kappa_high',
    ],
    rows: ({ agreement }) =>
      agreement.map(
        ({ subject, judges, subjects, agreementPercent, agreementInterval, kappa, kappaInterval }) => [
          subject,
          ...judges,
          subjects,
          agreementPercent,
          kappa,
          agreementInterval?.low ?? null,
          agreementInterval?.high ?? null,
          kappaInterval?.low ?? null,
          kappaInterval?.high ?? null,
        ],
      ),
  },
  usage: {
    columns: [
      'endpoint',
      'requests',
      'attempts',
      'input_tokens',
      'output_tokens',
      'latency_ms_p50',
      'latency_ms_p90',
      'latency_ms_p99',
      'waited_ms_p50',
      'cost',
      'currency',
    ],
    rows: ({ usage }) =>
      (usage?.endpoints ?? []).map((endpoint) => [
        endpoint.endpoint,
        endpoint.requests,
        endpoint.attempts,
        endpoint.inputTokens,
        endpoint.outputTokens,
        endpoint.latencyMs?.p50,
        endpoint.latencyMs?.p90,
        endpoint.latencyMs?.p99,
        endpoint.waitedMs,
        endpoint.cost?.amount,
        endpoint.cost?.currency,
      ]),
  },
  findings: {
    columns: [
      'category',
      'conversation',
      'round',
      'prompt',
      'flags',
      'unsafe_images',
      'images',
      'flagged_by',
      'seeds',
      'files',
    ],
    rows: ({ findings }) =>
      findings.map((finding) => [
        finding.category,
        finding.conversation,
        finding.round,
        finding.prompt,
        finding.flags,
        finding.unsafeImages,
        finding.images,
        flaggedBy(finding).join(' '),
        finding.examples.map(({ seed }) => seed).join(' '),
        finding.examples.flatMap(({ file }) => file ?? []).join(' '),
      ]),
  },
  diversity: {
    columns: ['category', 'self_bleu', 'cos_sim'],
    rows: ({ diversity }) => diversity.map(({ category, selfBleu, cosSim }) => [category, selfBleu, cosSim]),
  },
  corrected: {
    columns: [
      'category',
      'subject',
      'judge',
      'flagged',
      'judged',
      'flagged_percent',
      'corrected_percent',
      'corrected_low',
      'corrected_high',
      'sensitivity',
      'specificity',
      'measured_on',
      'measured_subjects',
      'measured_at',
    ],
    rows: ({ corrected = [] }) =>
      corrected.map(({ category, subject, judge, apparent, correctedPercent, interval, measured }) => [
        category ?? ALL,
        subject,
        judge,
        apparent.count,
        apparent.of,
        apparent.percent,
        correctedPercent,
        interval?.low,
        interval?.high,
        measured.sensitivity,
        measured.specificity,
        measured.data,
        measured.subjects,
        measured.at,
      ]),
  },
} as const satisfies Record<string, CsvTable>;

/** A table's name. */
export type CsvTableName = keyof typeof CSV_TABLES;

/** The names of the tables. */
export const CSV_TABLE_NAMES: readonly string[] = Object.keys(CSV_TABLES);

/** Whether a word names a table. */
export function isCsvTable(word: string): word is CsvTableName {
  return Object.hasOwn(CSV_TABLES, word);
}

/** One table of the report as CSV; of several campaigns one below another, with the campaign in front. */
export function writeCsvTable(reports: readonly ReportModel[], name: CsvTableName): string {
  const table: CsvTable = CSV_TABLES[name];
  const several = reports.length > 1;
  return csvText([
    [...(several ? CAMPAIGN_COLUMNS : []), ...table.columns],
    ...reports.flatMap((report) =>
      table.rows(report).map((row) => [...(several ? campaignCells(report) : []), ...row]),
    ),
  ]);
}

function share({ count, of, percent, interval }: Share): CsvCell[] {
  return [count, of, percent, interval?.low, interval?.high, interval?.method];
}
