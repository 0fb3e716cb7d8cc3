import { useMemo, useState } from 'react';
import { roundTable } from '../../../src/report/detail-tables.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { CourseChart } from '../charts/course-chart.tsx';
import { Figure } from '../charts/figure.tsx';
import { CategoryFilter } from '../components/category-filter.tsx';
import { Section } from './section.tsx';

/** When it happens: does the strategy get better from round to round? */
export function RoundsSection({ report }: { readonly report: ReportModel }) {
  const [category, setCategory] = useState<string>();
  const categories = report.promptToxicity.map((row) => row.category);
  const courses = useMemo(() => {
    const rows = report.rounds.filter((row) => row.category === (category ?? null));
    return [
      {
        name: 'safe',
        points: rows.map(({ round, safe }) => ({ at: round, share: safe })),
        color: 'var(--accent)',
        dashed: true,
        intervals: false,
      },
      {
        name: 'success',
        points: rows.map(({ round, success }) => ({ at: round, share: success })),
        color: 'var(--unsafe)',
        intervals: true,
      },
    ];
  }, [report, category]);
  const table = useMemo(() => roundTable(report), [report]);
  if (table === undefined || table.rows.length < 2) return null;
  return (
    <Section
      title="Over rounds"
      lead="Whether prompts get more telling as the Guide and the Writer go on, and whether they stay safe."
    >
      {categories.length > 1 && (
        <CategoryFilter categories={categories} value={category} onChange={setCategory} all="All together" />
      )}
      <Figure
        title={`Success and safety by round${category === undefined ? '' : `: ${category}`}`}
        note="Each round of all conversations. Band: 95 % interval of the success ratio (Wilson; one prompt a conversation and round)."
        legend={[
          { label: 'success ratio', color: 'var(--unsafe)', mark: 'line' },
          { label: '95 % interval', color: 'var(--unsafe)', mark: 'band' },
          { label: 'safe prompts', color: 'var(--accent)', mark: 'dashes' },
        ]}
        table={table}
      >
        <CourseChart
          label="Success ratio and share of safe prompts by round"
          axis="round"
          courses={courses}
        />
      </Figure>
    </Section>
  );
}
