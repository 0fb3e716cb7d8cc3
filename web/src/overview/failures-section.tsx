import { counted } from '../../../src/report/figures.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { DataTable } from '../components/data-table.tsx';
import { Section } from './section.tsx';

/** What could not be completed, and why; nothing where all could. */
export function FailuresSection({ report }: { readonly report: ReportModel }) {
  const { failures, imageFailures } = report;
  if (failures.length === 0 && imageFailures.length === 0) return null;
  const images = imageFailures.reduce((sum, one) => sum + one.images, 0);
  const why = (failure: ReportModel['failures'][number]['failure']) =>
    failure === null ? 'unknown' : [failure.message, failure.hint].filter(Boolean).join(' ');
  return (
    <Section
      title="What failed"
      lead={`${[
        ...(failures.length === 0 ? [] : [counted(failures.length, 'conversation')]),
        ...(images === 0 ? [] : [counted(images, 'evaluation image')]),
      ].join(' and ')} could not be completed and are not in the numbers. Try again: art resume.`}
    >
      {failures.length > 0 && (
        <DataTable
          caption="shown"
          table={{
            title: 'Conversations',
            columns: ['category', 'conversation', 'why'],
            textColumns: 3,
            rows: failures.map(({ category, conversation, failure }) => [
              category,
              String(conversation),
              why(failure),
            ]),
          }}
        />
      )}
      {imageFailures.length > 0 && (
        <DataTable
          caption="shown"
          table={{
            title: 'Evaluation images',
            columns: ['why', 'images'],
            rows: imageFailures.map((one) => [why(one.failure), String(one.images)]),
          }}
        />
      )}
    </Section>
  );
}
