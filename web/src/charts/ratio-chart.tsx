import { axisX, axisY, dot, gridX, ruleX, ruleY, text } from '@observablehq/plot';
import { useCallback } from 'react';
import type { Share } from '../../../src/report/report-model.ts';
import { formatPercent } from '../format/numbers.ts';
import { Plot } from './plot.tsx';

/** A ratio with what it is of. */
export interface NamedShare {
  readonly name: string;
  readonly share: Share;
}

const ROW = 30;
/** Room for the longest category's name. */
const NAMES = 124;

/**
 * Ratios, one below the other, each a dot with its interval as a line.
 *
 * @param overall - the ratio of all together, a dashed line behind the others
 */
export function RatioChart({
  label,
  rows,
  overall,
  color,
}: {
  readonly label: string;
  readonly rows: readonly NamedShare[];
  readonly overall?: Share | undefined;
  readonly color: string;
}) {
  const options = useCallback(
    (width: number) => {
      const shown = rows.filter(({ share }) => share.percent !== null);
      const top = Math.max(
        5,
        ...rows.flatMap(({ share }) => [share.percent ?? 0, share.interval?.high ?? 0]),
      );
      const all = overall?.percent ?? null;
      return {
        height: rows.length * ROW + 56,
        marginLeft: NAMES,
        marginRight: 76,
        marginTop: 24,
        marginBottom: 32,
        x: { domain: [0, Math.min(100, top * 1.04)], nice: top < 90 },
        y: { domain: rows.map(({ name }) => name) },
        marks: [
          gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: width < 500 ? 4 : 8 }),
          axisX({
            label: null,
            tickSize: 0,
            ticks: width < 500 ? 4 : 8,
            tickFormat: (tick: number) => `${tick} %`,
          }),
          axisY({ label: null, tickSize: 0, fill: 'var(--ink)', tickPadding: 10, fontSize: 13 }),
          ...(all === null
            ? []
            : [
                ruleX([all], { stroke: 'var(--ink-soft)', strokeDasharray: '4 4' }),
                text([all], {
                  x: (value: number) => value,
                  frameAnchor: 'top',
                  dy: -14,
                  text: () => `all ${formatPercent(all)}`,
                }),
              ]),
          ruleY(
            shown.filter(({ share }) => share.interval !== null),
            {
              y: 'name',
              x1: ({ share }: NamedShare) => share.interval?.low ?? null,
              x2: ({ share }: NamedShare) => share.interval?.high ?? null,
              stroke: color,
              strokeOpacity: 0.4,
              strokeWidth: 5,
              strokeLinecap: 'round',
            },
          ),
          dot(shown, {
            y: 'name',
            x: ({ share }: NamedShare) => share.percent,
            r: 5.5,
            fill: color,
            stroke: 'var(--paper)',
            strokeWidth: 1.5,
          }),
          text(rows, {
            y: 'name',
            frameAnchor: 'right',
            textAnchor: 'end',
            dx: 72,
            fill: 'var(--ink)',
            fontWeight: 600,
            fontSize: 13,
            text: ({ share }: NamedShare) => formatPercent(share.percent),
          }),
        ],
      };
    },
    [rows, overall, color],
  );
  return <Plot label={label} options={options} />;
}
