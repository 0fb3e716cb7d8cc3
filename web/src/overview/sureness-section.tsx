import { correctedTable, reviewTables } from '../../../src/report/detail-tables.ts';
import { correctedSentences, reviewSentences } from '../../../src/report/notices.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { DataTable } from '../components/data-table.tsx';
import { Notes, Section } from './section.tsx';

/** What people and measurements say of the judges; nothing where neither has said anything. */
export function SurenessSection({ report }: { readonly report: ReportModel }) {
  const corrected = correctedTable(report);
  const review = reviewTables(report);
  if (corrected === undefined && report.review === undefined) return null;
  return (
    <Section
      title="Can the judges be trusted?"
      lead="Judges err. Labelled data and reviewers show how often, and what that does to the numbers."
    >
      <Notes notes={[...correctedSentences(report), ...reviewSentences(report)]} />
      {corrected !== undefined && <DataTable table={corrected} caption="shown" />}
      {review.map((table) => (
        <DataTable key={table.title} table={table} caption="shown" />
      ))}
    </Section>
  );
}
