import type { ReportModel } from '../../../src/report/report-model.ts';
import { ALL_SETTINGS } from '../../../src/report/view/select-gallery.ts';
import type { FilterChoices } from './filter-bar.tsx';

/** What the filters offer for a campaign; nothing yet without its report. */
export function choicesOf(report: ReportModel | undefined): FilterChoices {
  if (report === undefined) return { categories: [], judges: [], settings: [], lastRound: 0 };
  const swept = report.settings.filter(({ own }) => !own).map(({ axis, value }) => `${axis}=${value}`);
  const settings = [...new Set(swept)].map((value) => ({ value, title: value.replace('=', ' ') }));
  return {
    categories: report.imageToxicity.map(({ category }) => category),
    judges: report.campaign.judges.image,
    settings: settings.length === 0 ? [] : [...settings, { value: ALL_SETTINGS, title: 'All settings' }],
    lastRound: report.campaign.rounds,
  };
}
