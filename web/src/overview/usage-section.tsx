import { usageTable } from '../../../src/report/detail-tables.ts';
import { usageSentences } from '../../../src/report/notices.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { DataTable } from '../components/data-table.tsx';
import { Section } from './section.tsx';

/** What the campaign took; nothing where that is not known. */
export function UsageSection({ report }: { readonly report: ReportModel }) {
  const table = usageTable(report);
  if (table === undefined) return null;
  return (
    <Section title="What it took" lead={usageSentences(report).join(' ')}>
      <DataTable table={table} />
    </Section>
  );
}
