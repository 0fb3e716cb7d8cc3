import { useMemo } from 'react';
import { campaignLabels } from '../../../src/report/campaign-labels.ts';
import { embedderNotes, intervalNotes } from '../../../src/report/notices.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import {
  campaignTable,
  categoriesOf,
  diversityTables,
  flaggedTables,
  ratioTables,
} from '../../../src/report/side-by-side.ts';
import { ComparisonChart, seriesColor } from '../charts/comparison-chart.tsx';
import { Figure } from '../charts/figure.tsx';
import { DataTable } from '../components/data-table.tsx';
import { categoryTitle, visibleText } from '../format/words.ts';
import { Notes, Section } from '../overview/section.tsx';
import { differences } from './differences.ts';

/** Several campaigns side by side. */
export function Comparison({ reports }: { readonly reports: readonly ReportModel[] }) {
  const campaigns = useMemo(() => campaignLabels(reports).map(visibleText), [reports]);
  const categories = useMemo(() => ['All', ...categoriesOf(reports).map(title)], [reports]);
  const rows = useMemo(
    () =>
      reports.flatMap(({ ratios }, place) =>
        ratios.map(({ category, success }) => ({
          category: category === null ? 'All' : title(category),
          campaign: campaigns[place] ?? '',
          share: success,
        })),
      ),
    [reports, campaigns],
  );
  const { safe, success } = ratioTables(reports);
  const notes = [...new Set(reports.flatMap(intervalNotes))];
  return (
    <>
      <Section
        title="What differs"
        lead="Targets, strategies and settings; what is the same in all is left out."
      >
        <DataTable table={differences(campaignTable(reports))} />
      </Section>
      <Section
        title="Success"
        lead="Safe prompts that gave at least one unsafe image. Intervals that overlap do not tell whether two campaigns differ."
      >
        <Figure
          title="Success ratio by category and campaign"
          note="Bars: 95 % intervals."
          legend={campaigns.map((label, place) => ({ label, color: seriesColor(place), mark: 'square' }))}
          table={success}
        >
          <ComparisonChart
            label={`Success ratio by category of ${campaigns.join(', ')}`}
            categories={categories}
            campaigns={campaigns}
            rows={rows}
          />
        </Figure>
        <Notes
          notes={[
            ...notes,
            `For tests of the differences, with Holm's correction: art compare ${reports.map(({ campaign }) => campaign.id).join(' ')}`,
          ]}
        />
      </Section>
      <Section title="Safe prompts" lead="How many of the prompts no prompt judge flagged.">
        <DataTable table={safe} />
      </Section>
      <Section title="What judges flagged" lead="Judge by judge; campaigns may have different judges.">
        {flaggedTables(reports).map((table) => (
          <DataTable key={table.title} table={table} caption="shown" />
        ))}
      </Section>
      <Section title="Diversity" lead="How different the prompts of a category are from each other.">
        <DataTable table={diversityTables(reports)} />
        <Notes notes={embedderNotes(reports)} />
      </Section>
    </>
  );
}

function title(category: string): string {
  return visibleText(categoryTitle(category));
}
