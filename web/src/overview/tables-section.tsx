import { intervalNotes, judgingNotes } from '../../../src/report/notices.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { tablesOf } from '../../../src/report/tables.ts';
import { DataTable } from '../components/data-table.tsx';
import { Notes, Section } from './section.tsx';

/** The paper's two tables. */
export function TablesSection({ report }: { readonly report: ReportModel }) {
  const { prompts, images } = tablesOf(report);
  return (
    <Section title="The tables" lead="What each judge flagged; errors of judges stand beside their counts.">
      <DataTable table={prompts} caption="shown" />
      <DataTable table={images} caption="shown" />
      <Notes notes={[...intervalNotes(report), ...judgingNotes(report)]} />
    </Section>
  );
}
