import type { ReportModel } from './report-model.ts';

/** What may tell campaigns apart, the most telling first. */
const TRAITS: readonly ((report: ReportModel) => string | undefined)[] = [
  targetText,
  ({ campaign }) => campaign.strategy,
  ({ campaign }) => textOf(campaign.target.size),
  ({ campaign }) => {
    const guidance = textOf(campaign.target.guidance);
    return guidance === undefined ? undefined : `guidance ${guidance}`;
  },
  ({ campaign }) => `seed ${campaign.seed}`,
];

/** Provider and model of a campaign's target, e.g. `automatic1111 · v1-5`. */
export function targetText({ campaign: { target } }: ReportModel): string {
  return [target.provider, target.model].flatMap((part) => textOf(part) ?? []).join(' · ');
}

/**
 * What to call campaigns that stand side by side: their names where these tell them apart, else what does
 * (target, strategy, size, guidance, seed), and where nothing does, their ids.
 *
 * @returns one a report, no two the same
 */
export function campaignLabels(reports: readonly ReportModel[]): string[] {
  const names = reports.map(({ campaign }) => campaign.name);
  if (allDifferent(names)) return names;
  const sameName = new Set(names).size === 1;
  const parts: (readonly (string | undefined)[])[] = sameName ? [] : [names];
  for (const trait of TRAITS) {
    const values = reports.map(trait);
    if (new Set(values).size > 1) parts.push(values);
    const labels = reports.map((_, index) => parts.flatMap((part) => part[index] || []).join(', '));
    if (allDifferent(labels) && labels.every((label) => label !== '')) return labels;
  }
  return reports.map(({ campaign }) => `${campaign.name} (${campaign.id})`);
}

function allDifferent(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
