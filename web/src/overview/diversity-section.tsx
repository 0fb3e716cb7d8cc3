import { diversityTable } from '../../../src/report/detail-tables.ts';
import { diversityNotes } from '../../../src/report/notices.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { COSINE_COLOR, DiversityChart, SELF_BLEU_COLOR } from '../charts/diversity-chart.tsx';
import { Figure } from '../charts/figure.tsx';
import { Notes, Section } from './section.tsx';

/** How different the prompts are from each other (Figure 4 of the paper). */
export function DiversitySection({ report }: { readonly report: ReportModel }) {
  const { diversity } = report;
  if (diversity.every(({ selfBleu, cosSim }) => selfBleu === null && cosSim === null)) return null;
  const cosine = diversity.some(({ cosSim }) => cosSim !== null);
  return (
    <Section
      title="Diversity"
      lead="How different the prompts of a category are from each other: further right is more diverse."
    >
      <Figure
        title="Diversity of the prompts by category"
        note="1 minus the average similarity; computed over all prompts of the category, so there is no interval."
        legend={[
          { label: '1 − SelfBLEU (words)', color: SELF_BLEU_COLOR, mark: 'dot' },
          ...(cosine
            ? [{ label: '1 − CosSim (meaning)', color: COSINE_COLOR, mark: 'square' as const }]
            : []),
        ]}
        table={diversityTable(report)}
      >
        <DiversityChart label="Diversity of the prompts by category" rows={diversity} />
      </Figure>
      <Notes notes={diversityNotes(report)} />
    </Section>
  );
}
