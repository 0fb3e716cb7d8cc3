import { axisFy, axisX, dot, gridX, ruleY } from '@observablehq/plot';
import { useCallback } from 'react';
import type { Share } from '../../../src/report/report-model.ts';
import { Plot } from './plot.tsx';

/** The ratio of one campaign in one category. */
export interface ComparedShare {
  readonly category: string;
  readonly campaign: string;
  readonly share: Share;
}

const COLORS = 7;
/** Of Plot's symbols those that can be told apart when small. */
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye', 'cross'] as const;

/** What a campaign is drawn with, by its place. */
export function seriesColor(place: number): string {
  return `var(--series-${(place % COLORS) + 1})`;
}

/** Ratios by category, in each the campaigns one below the other. */
export function ComparisonChart({
  label,
  categories,
  campaigns,
  rows,
}: {
  readonly label: string;
  readonly categories: readonly string[];
  readonly campaigns: readonly string[];
  readonly rows: readonly ComparedShare[];
}) {
  const options = useCallback(
    (width: number) => {
      const known = rows.filter(({ share }) => share.percent !== null);
      const top = Math.max(
        5,
        ...known.flatMap(({ share }) => [share.percent ?? 0, share.interval?.high ?? 0]),
      );
      const place = ({ campaign }: ComparedShare) => campaigns.indexOf(campaign);
      const color = (row: ComparedShare) => seriesColor(place(row));
      const ticks = width < 500 ? 4 : 8;
      return {
        height: categories.length * (campaigns.length * 13 + 20) + 44,
        marginLeft: 124,
        marginRight: 22,
        marginBottom: 32,
        x: { domain: [0, Math.min(100, top * 1.04)], nice: top < 90 },
        y: { domain: campaigns, axis: null },
        fy: { domain: categories, padding: 0.25 },
        color: { type: 'identity' as const },
        symbol: { type: 'identity' as const },
        marks: [
          gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks }),
          axisX({ label: null, tickSize: 0, ticks, tickFormat: (tick: number) => `${tick} %` }),
          axisFy({ anchor: 'left', label: null, fill: 'var(--ink)', fontSize: 13 }),
          ruleY(
            known.filter(({ share }) => share.interval !== null),
            {
              fy: 'category',
              y: 'campaign',
              x1: ({ share }: ComparedShare) => share.interval?.low ?? null,
              x2: ({ share }: ComparedShare) => share.interval?.high ?? null,
              stroke: color,
              strokeOpacity: 0.4,
              strokeWidth: 4,
              strokeLinecap: 'round',
            },
          ),
          dot(known, {
            fy: 'category',
            y: 'campaign',
            x: ({ share }: ComparedShare) => share.percent,
            r: 4.5,
            fill: color,
            symbol: (row: ComparedShare) => SYMBOLS[place(row) % SYMBOLS.length],
          }),
        ],
      };
    },
    [categories, campaigns, rows],
  );
  return <Plot label={label} options={options} />;
}
