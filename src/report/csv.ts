import type { ReportModel } from './report-model.ts';

/**
 * The report's tables as CSV (RFC 4180): one row a category, numbers with a point, empty where
 * there is none. Text that a spreadsheet would take for a formula gets a leading apostrophe.
 */
export function writeCsv(report: ReportModel): string {
  const { judges } = report.campaign;
  const header = [
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
  ];
  const rows = report.promptToxicity.map((prompts, index) => {
    const images = report.imageToxicity[index];
    const diversity = report.diversity[index];
    return [
      prompts.category,
      prompts.prompts,
      ...judges.prompt.flatMap((judge) => [prompts.flagged[judge], prompts.errors[judge]]),
      prompts.undetermined,
      prompts.stopped,
      prompts.safe,
      prompts.safePercent,
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
      String(report.campaign.simulated),
    ];
  });
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** What a spreadsheet may take for the beginning of a formula; some also in full width. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
