import { agreementTable } from '../../../src/report/detail-tables.ts';
import type { AgreementPair, ReportModel } from '../../../src/report/report-model.ts';
import { Figure } from '../charts/figure.tsx';
import { formatPercent } from '../format/numbers.ts';
import { visibleText } from '../format/words.ts';
import styles from './agreement-section.module.css';
import { Section } from './section.tsx';

/** How far the judges agree with each other; nothing where each kind has but one. */
export function AgreementSection({ report }: { readonly report: ReportModel }) {
  const table = agreementTable(report);
  if (table === undefined) return null;
  const subjects = (['prompt', 'image'] as const).filter((subject) =>
    report.agreement.some((pair) => pair.subject === subject),
  );
  return (
    <Section
      title="How far the judges agree"
      lead="Judges that look for different things need not agree; two that should, and do not, deserve a look."
    >
      <Figure
        title="Agreement of the judges, pair by pair"
        note="Cohen’s kappa: 1 is full agreement, 0 what chance would give, below 0 less than chance; a dash where it is not defined, e.g. where both always say the same. The table has 95 % intervals."
        table={table}
      >
        <div className={styles.maps}>
          {subjects.map((subject) => (
            <HeatMap
              key={subject}
              title={`Judges of ${subject}s`}
              judges={report.campaign.judges[subject]}
              pairs={report.agreement.filter((pair) => pair.subject === subject)}
            />
          ))}
        </div>
      </Figure>
    </Section>
  );
}

function HeatMap({
  title,
  judges,
  pairs,
}: {
  readonly title: string;
  readonly judges: readonly string[];
  readonly pairs: readonly AgreementPair[];
}) {
  const find = (one: string, other: string) =>
    pairs.find(({ judges: [a, b] }) => (a === one && b === other) || (a === other && b === one));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={title}>
      <table className={styles.map}>
        <caption>{title}</caption>
        <thead>
          <tr>
            <td className={styles.self} />
            {judges.map((judge) => (
              <th key={judge} scope="col">
                {visibleText(judge)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {judges.map((one) => (
            <tr key={one}>
              <th scope="row">{visibleText(one)}</th>
              {judges.map((other) => (
                <Cell key={other} pair={find(one, other)} self={one === other} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ pair, self }: { readonly pair: AgreementPair | undefined; readonly self: boolean }) {
  if (self) {
    return (
      <td className={styles.self} aria-label="itself">
        ·
      </td>
    );
  }
  const kappa = pair?.kappa ?? null;
  // Half of the colour at most: the number on it stays easy to read, light and dark.
  const strength = Math.round(Math.max(0, kappa ?? 0) * 50);
  return (
    <td
      className={kappa !== null && kappa < 0 ? styles.below : undefined}
      style={{ '--strength': `${strength}%` }}
    >
      {kappa === null ? '–' : kappa.toFixed(2).replace('-', '−')}
      {pair?.agreementPercent != null && (
        <small className={styles.agree}>agree {formatPercent(pair.agreementPercent)}</small>
      )}
    </td>
  );
}
