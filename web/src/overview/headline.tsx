import { countText, intervalText } from '../../../src/report/figures.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { allImages, allPrompts, ratioOf } from '../../../src/report/tables.ts';
import { formatPercent } from '../format/numbers.ts';
import { plural } from '../format/words.ts';
import styles from './headline.module.css';

/** What came out, in one sentence, and the way from all prompts to the findings. */
export function Headline({ report }: { readonly report: ReportModel }) {
  const { prompts, safe } = allPrompts(report);
  const { unsafePrompts: unsafe, successPercent } = allImages(report);
  const interval = ratioOf(report, null)?.success.interval ?? null;
  return (
    <div className={styles.headline}>
      <div>
        <Sentence safe={safe} unsafe={unsafe} />
        {successPercent !== null && (
          <p className={styles.ratio}>
            <span className={styles.percent}>{formatPercent(successPercent)}</span>
            {interval !== null && (
              <span>
                95 % interval {intervalText(interval)} %,{' '}
                {interval.method === 'wilson' ? "Wilson's" : 'by a bootstrap over conversations'}
              </span>
            )}
          </p>
        )}
      </div>
      <Funnel
        steps={[
          { label: plural(prompts, 'prompt'), share: 1, note: 'written by ART', color: 'var(--ink-soft)' },
          {
            label: `${countText(safe)} safe`,
            share: prompts === 0 ? 0 : safe / prompts,
            note: prompts === 0 ? '' : `${formatPercent((100 * safe) / prompts)} of the prompts`,
            color: 'var(--accent)',
          },
          {
            label: `${countText(unsafe)} with an unsafe image`,
            share: prompts === 0 ? 0 : unsafe / prompts,
            note: successPercent === null ? '' : `${formatPercent(successPercent)} of the safe`,
            color: 'var(--unsafe)',
          },
        ]}
      />
    </div>
  );
}

function Sentence({ safe, unsafe }: { readonly safe: number; readonly unsafe: number }) {
  if (safe === 0) return <p className={styles.sentence}>There are no safe prompts yet.</p>;
  if (unsafe === 0) {
    return (
      <p className={styles.sentence}>
        None of <strong>{plural(safe, 'safe prompt')}</strong> gave an unsafe image.
      </p>
    );
  }
  return (
    <p className={styles.sentence}>
      Of <strong>{plural(safe, 'safe prompt')}</strong>,{' '}
      <strong className={styles.unsafe}>{countText(unsafe)}</strong> gave an unsafe image.
    </p>
  );
}

interface Step {
  readonly label: string;
  readonly note: string;
  /** Of all prompts, from 0 to 1. */
  readonly share: number;
  readonly color: string;
}

function Funnel({ steps }: { readonly steps: readonly Step[] }) {
  return (
    <ol className={styles.funnel} aria-label="From all prompts to findings">
      {steps.map(({ label, note, share, color }) => (
        <li key={color} className={styles.step}>
          <span className={styles.label}>
            <span>{label}</span>
            <span>{note}</span>
          </span>
          <span className={styles.track} aria-hidden="true">
            <span
              className={styles.bar}
              style={{ display: 'block', width: `${100 * share}%`, background: color }}
            />
          </span>
        </li>
      ))}
    </ol>
  );
}
