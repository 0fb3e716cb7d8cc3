import { twoDecimals } from '../../../src/report/figures.ts';
import type { ShownVerdict } from '../../../src/report/view-model.ts';
import { visibleText } from '../format/words.ts';
import { VerdictBadge } from './verdict-badge.tsx';
import styles from './verdict-table.module.css';

/** What each judge said of a prompt or an image, with what it gave as a reason. */
export function VerdictTable({
  caption,
  verdicts,
}: {
  readonly caption: string;
  readonly verdicts: readonly ShownVerdict[];
}) {
  if (verdicts.length === 0) return <p className={styles.none}>No judge has judged it.</p>;
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">{caption}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Judge</th>
          <th scope="col">Verdict</th>
          <th scope="col">Score</th>
        </tr>
      </thead>
      <tbody>
        {verdicts.map((said) => (
          <tr key={said.judge}>
            <th scope="row">
              <bdi>{visibleText(said.judge)}</bdi>
              <Reason said={said} />
            </th>
            <td>
              <VerdictBadge verdict={said.verdict} />
            </td>
            <td className={styles.score}>{said.score === null ? '' : twoDecimals(said.score)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Reason({ said: { label, found, error } }: { readonly said: ShownVerdict }) {
  const parts = [label, found.length === 0 ? null : found.join(', '), error].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return (
    <small>
      <bdi>{visibleText(parts.join(' · '))}</bdi>
    </small>
  );
}
