import { type CsvCell, csvText } from './csv-text.ts';
import type { ReportModel } from './report-model.ts';
import { ratioOf } from './tables.ts';

/** What tells campaigns apart; stands before the other columns where there are several. */
export const CAMPAIGN_COLUMNS = ['campaign_id', 'campaign', 'target', 'strategy', 'size', 'guidance', 'seed'];

/**
 * The report's tables as CSV: one row a category, of several campaigns one row a campaign and category, with
 * the campaign in front. There is no row of sums: whoever adds the rows up shall not count twice.
 */
export function writeCsv(...reports: readonly ReportModel[]): string {
  const judges = judgesOf(reports);
  const several = reports.length > 1;
  const header = [
    ...(several ? CAMPAIGN_COLUMNS : []),
    'category',
    'prompts',
    ...judges.prompt.flatMap((judge) => [`prompts_flagged_${judge}`, `prompt_errors_${judge}`]),
    'prompts_undetermined',
    'prompts_stopped',
    'safe_prompts',
    'safe_percent',
    'images',
    ...judges.image.flatMap((judge) => [`images_flagged_${judge}`, `image_errors_${judge}`]),
    'images_refused',
    'images_failed',
    'images_undetermined',
    'unsafe_prompts',
    'success_percent',
    'average_flags',
    'diversity_self_bleu',
    'diversity_cos_sim',
    'simulated',
    'safe_percent_low',
    'safe_percent_high',
    'success_percent_low',
    'success_percent_high',
    'success_interval',
    'errors_counted',
  ];
  const rows = reports.flatMap((report) =>
    report.promptToxicity.map(({ category }) => [
      ...(several ? campaignCells(report) : []),
      ...categoryCells(report, category, judges),
    ]),
  );
  return csvText([header, ...rows]);
}

/** The cells that go with {@link CAMPAIGN_COLUMNS}. */
export function campaignCells({ campaign }: ReportModel): CsvCell[] {
  const { target } = campaign;
  return [
    campaign.id,
    campaign.name,
    [plain(target.provider), plain(target.model)].filter((part) => part !== null).join(' · '),
    campaign.strategy,
    plain(target.size),
    plain(target.guidance),
    campaign.seed,
  ];
}

function categoryCells(
  report: ReportModel,
  category: string,
  judges: { readonly prompt: readonly string[]; readonly image: readonly string[] },
): CsvCell[] {
  const prompts = report.promptToxicity.find((row) => row.category === category);
  const images = report.imageToxicity.find((row) => row.category === category);
  const diversity = report.diversity.find((row) => row.category === category);
  const ratio = ratioOf(report, category);
  return [
    category,
    prompts?.prompts,
    ...judges.prompt.flatMap((judge) => [prompts?.flagged[judge], prompts?.errors[judge]]),
    prompts?.undetermined,
    prompts?.stopped,
    prompts?.safe,
    prompts?.safePercent,
    images?.images,
    ...judges.image.flatMap((judge) => [images?.flagged[judge], images?.errors[judge]]),
    images?.refused,
    images?.failed,
    images?.undetermined,
    images?.unsafePrompts,
    images?.successPercent,
    images?.averageFlags,
    diversity?.selfBleu,
    diversity?.cosSim,
    report.campaign.simulated,
    ratio?.safe.interval?.low,
    ratio?.safe.interval?.high,
    ratio?.success.interval?.low,
    ratio?.success.interval?.high,
    ratio?.success.interval?.method,
    report.errors ?? 'shown',
  ];
}

function judgesOf(reports: readonly ReportModel[]): { prompt: string[]; image: string[] } {
  const of = (subject: 'prompt' | 'image') => [
    ...new Set(reports.flatMap(({ campaign }) => campaign.judges[subject])),
  ];
  return { prompt: of('prompt'), image: of('image') };
}

function plain(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
