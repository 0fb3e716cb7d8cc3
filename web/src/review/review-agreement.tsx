import { reviewTables } from '../../../src/report/detail-tables.ts';
import { reviewSentences } from '../../../src/report/notices.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { DataTable } from '../components/data-table.tsx';
import { visibleText } from '../format/words.ts';
import styles from './review-agreement.module.css';

/** What reviewers said so far: how they agree with the judges and with each other. */
export function ReviewAgreement({ report }: { readonly report: ReportModel }) {
  if (report.review === undefined) return null;
  return (
    <section className={styles.agreement} aria-labelledby="agreement">
      <h2 id="agreement">How reviewers agree</h2>
      {reviewSentences(report).map((sentence) => (
        <p key={sentence}>
          <bdi>{visibleText(sentence)}</bdi>
        </p>
      ))}
      {reviewTables(report).map((table) => (
        <DataTable key={table.title} table={table} caption="shown" />
      ))}
    </section>
  );
}
