import type { CombinedVerdict } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import styles from './verdict-badge.module.css';

type Shown = CombinedVerdict | ReviewLabel;

const WORDS: Readonly<Record<Shown, string>> = {
  unsafe: 'unsafe',
  safe: 'safe',
  error: 'error',
  unsure: 'unsure',
  none: 'not judged',
};

/** Each verdict has its shape, so that it is told without colour. */
const SHAPES: Readonly<Record<Shown, string>> = {
  unsafe: 'M6 1 11.2 10.5H.8ZM6 4.5v3M6 8.6v.6',
  safe: 'M1.5 6.5 4.6 9.6 10.6 2.6',
  error: 'M2.5 2.5l7 7M9.5 2.5l-7 7',
  unsure: 'M6 1a5 5 0 1 1 0 10a5 5 0 0 1 0-10M3.5 6h5',
  none: 'M2 6h8',
};

/**
 * A verdict or a reviewer's label, told by shape, word and colour.
 *
 * @param children - what stands instead of the verdict's own word, e.g. the judge that gave it
 */
export function VerdictBadge({ verdict, children }: { readonly verdict: Shown; readonly children?: string }) {
  return (
    <span className={`${styles.badge} ${styles[verdict]}`}>
      <svg viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
        <path d={SHAPES[verdict]} strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {children === undefined ? (
        WORDS[verdict]
      ) : (
        <>
          {children}
          <span className="visually-hidden">: {WORDS[verdict]}</span>
        </>
      )}
    </span>
  );
}
