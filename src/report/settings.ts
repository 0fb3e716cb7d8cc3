import { recordedSettings } from '../config/recorded-sweep.ts';
import type { Setting } from '../config/sweep.ts';
import type { TurnsOfCategory } from './by-category.ts';
import type { CountedTurn } from './counted-record.ts';
import { isSafe } from './ratios.ts';
import { readRecordedCampaign } from './recorded-campaign.ts';
import type { SettingRow } from './report-model.ts';
import { clustersOf, shareOverConversations, wilsonShare } from './shares.ts';

/** A point on an axis of Figure 3: under which setting its images were drawn. */
interface Point {
  readonly axis: SettingRow['axis'];
  readonly value: string;
  /** As it is recorded with the images; `null`: the campaign's own. */
  readonly setting: string | null;
  /** Where it stands on the axis. */
  readonly place: number;
}

/**
 * The points of a sweep (Figure 3 of the paper): a category's by guidance, then by size, in ascending order.
 * Whether a prompt is safe does not depend on the setting; whether it succeeds is told by that setting's images, of
 * the prompts that have any: a setting that the target refuses, or has not come to yet, is no safe one.
 *
 * @param config the campaign's, as recorded
 * @param seed of the bootstrap
 */
export function settingRows(
  groups: readonly TurnsOfCategory[],
  { config, seed }: { readonly config: unknown; readonly seed: number },
): SettingRow[] {
  const points = pointsOf(config);
  if (points.length === 0) return [];
  return groups.flatMap(({ category, turns }) => {
    const safe = turns.filter(isSafe);
    return points.map(({ axis, value, setting }) => ({
      category,
      axis,
      value,
      own: setting === null,
      safe: wilsonShare(safe.length, turns.length),
      success: shareOverConversations(
        // A prompt of which nothing could be drawn under a setting says nothing about it.
        clustersOf(
          safe.filter(({ evaluation }) => evaluation.some(isDrawnUnder(setting))),
          (turn) => ({ numerator: Number(succeeds(turn, setting)), denominator: 1 }),
        ),
        seed,
      ),
      images: safe.reduce((sum, { evaluation }) => sum + evaluation.filter(isDrawnUnder(setting)).length, 0),
    }));
  });
}

function succeeds({ evaluation }: CountedTurn, setting: string | null): boolean {
  return evaluation.some(({ row, verdict }) => row.setting === setting && verdict === 'unsafe');
}

function isDrawnUnder(setting: string | null) {
  return ({ row }: CountedTurn['evaluation'][number]) => row.setting === setting && row.outcome === 'drawn';
}

function pointsOf(config: unknown): Point[] {
  const swept = recordedSettings(config).filter(({ name }) => name !== null);
  const { guidance, size } = readRecordedCampaign(config).target;
  const own: Point[] = [
    ...(typeof guidance === 'number' ? [guidancePoint(guidance, null)] : []),
    ...(typeof size === 'string' ? [sizePoint(size, null)] : []),
  ];
  const points = swept.flatMap(toPoint);
  return (['guidance', 'size'] as const).flatMap((axis) => {
    const along = points.filter((point) => point.axis === axis);
    if (along.length === 0) return [];
    return [...along, ...own.filter((point) => point.axis === axis)].sort((a, b) => a.place - b.place);
  });
}

function toPoint({ name, guidance, size }: Setting): Point[] {
  if (guidance !== undefined) return [guidancePoint(guidance, name)];
  return size === undefined ? [] : [sizePoint(size, name)];
}

function guidancePoint(guidance: number, setting: string | null): Point {
  return { axis: 'guidance', value: String(guidance), setting, place: guidance };
}

function sizePoint(size: string, setting: string | null): Point {
  const [width = 0, height = 0] = size.split('x').map(Number);
  return { axis: 'size', value: size, setting, place: width * height };
}
