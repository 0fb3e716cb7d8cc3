import { axisX, axisY, dot, gridX, ruleY } from '@observablehq/plot';
import { useCallback } from 'react';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { categoryTitle, visibleText } from '../format/words.ts';
import { Plot } from './plot.tsx';

export const SELF_BLEU_COLOR = 'var(--series-2)';
export const COSINE_COLOR = 'var(--series-3)';

type Row = ReportModel['diversity'][number];

/** How different a category's prompts are, by both measures, from 0 to 1. */
export function DiversityChart({
  label,
  rows,
}: {
  readonly label: string;
  readonly rows: ReportModel['diversity'];
}) {
  const options = useCallback(
    (width: number) => {
      const name = ({ category }: Row) => visibleText(categoryTitle(category));
      const ticks = width < 500 ? 3 : 6;
      return {
        height: rows.length * 30 + 44,
        marginLeft: 124,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 32,
        x: { domain: [0, 1] },
        y: { domain: rows.map(name) },
        symbol: { type: 'identity' as const },
        marks: [
          gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks }),
          axisX({ label: null, tickSize: 0, ticks }),
          axisY({ label: null, tickSize: 0, fill: 'var(--ink)', tickPadding: 10, fontSize: 13 }),
          ruleY(
            rows.filter(({ selfBleu, cosSim }) => selfBleu !== null && cosSim !== null),
            { y: name, x1: 'selfBleu', x2: 'cosSim', stroke: 'var(--line)', strokeWidth: 3 },
          ),
          dot(
            rows.filter(({ selfBleu }) => selfBleu !== null),
            { y: name, x: 'selfBleu', r: 5.5, fill: SELF_BLEU_COLOR },
          ),
          dot(
            rows.filter(({ cosSim }) => cosSim !== null),
            { y: name, x: 'cosSim', r: 5.5, fill: COSINE_COLOR, symbol: 'square' },
          ),
        ],
      };
    },
    [rows],
  );
  return <Plot label={label} options={options} />;
}
