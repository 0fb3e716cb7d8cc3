import type { ReactNode } from 'react';
import type { AsyncState } from '../hooks/use-async.ts';
import styles from './states.module.css';

/** Stands where something is being loaded. */
export function Loading({ what = 'Loading' }: { readonly what?: string }) {
  return (
    <p className={styles.state} role="status">
      <span>
        <span className={styles.pulse} aria-hidden="true" />
        {what} …
      </span>
    </p>
  );
}

/** Says what went wrong and offers to try again. */
export function Failed({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  return (
    <div className={`${styles.state} ${styles.failed}`} role="alert">
      <p className={styles.title}>This could not be loaded.</p>
      <p>{error.message}</p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Says that there is nothing to show, and why. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.state}>
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  );
}

/** Shows what was asked for when it is there, and until then where the question stands. */
export function Asked<Value>({
  answer,
  what,
  children,
}: {
  readonly answer: AsyncState<Value>;
  readonly what?: string;
  readonly children: (value: Value) => ReactNode;
}) {
  if (answer.state === 'loading') return what === undefined ? <Loading /> : <Loading what={what} />;
  if (answer.state === 'failed') return <Failed error={answer.error} retry={answer.retry} />;
  return children(answer.value);
}
