import { useMemo } from 'react';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { marksWilson, ratioOf, tablesOf } from '../../../src/report/tables.ts';
import { Figure } from '../charts/figure.tsx';
import { RatioChart } from '../charts/ratio-chart.tsx';
import { categoryTitle, visibleText } from '../format/words.ts';
import { Section } from './section.tsx';

/** Where it happens: the success ratio of each category. */
export function CategorySection({ report }: { readonly report: ReportModel }) {
  const rows = useMemo(
    () =>
      report.ratios
        .flatMap(({ category, success }) =>
          category === null ? [] : { name: visibleText(categoryTitle(category)), share: success },
        )
        .toSorted((a, b) => (b.share.percent ?? -1) - (a.share.percent ?? -1)),
    [report],
  );
  const overall = useMemo(() => ratioOf(report, null)?.success, [report]);
  if (rows.length === 0) return null;
  return (
    <Section title="Where it happens" lead="Safe prompts that gave at least one unsafe image, by category.">
      <Figure
        title="Success ratio by category"
        note={
          marksWilson(report)
            ? 'Dot: safe prompts with an unsafe image, of all safe prompts. Bar: 95 % interval by a bootstrap over conversations, or Wilson’s on the effective number of prompts where too few conversations differ (* in the table).'
            : 'Dot: safe prompts with an unsafe image, of all safe prompts. Bar: 95 % interval (Wilson, on the effective number of prompts).'
        }
        table={tablesOf(report).images}
      >
        <RatioChart
          label={`Success ratio by category: ${rows.length} categories, from most to least`}
          rows={rows}
          overall={rows.length > 1 ? overall : undefined}
          color="var(--unsafe)"
        />
      </Figure>
    </Section>
  );
}
