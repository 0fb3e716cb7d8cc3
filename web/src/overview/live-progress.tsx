import { countText } from '../../../src/report/figures.ts';
import { useProgress } from '../sources/progress-context.tsx';
import styles from './live-progress.module.css';

/** How far a running campaign is; nothing when it is not running. */
export function LiveProgress() {
  const progress = useProgress();
  if (progress === undefined || progress.status !== 'running') return null;
  const { conversations, turns, images } = progress;
  return (
    <section className={styles.live} aria-label="Progress">
      <p>
        <strong>It is running.</strong> The numbers below are of what has been stored so far; they change as
        it goes on.
      </p>
      <div className={styles.bars}>
        <Bar label="Conversations" done={conversations.done} total={conversations.total} />
        <Bar label="Turns" done={turns.played} total={turns.total} />
        <Bar label="Evaluation images" done={images.done} total={images.total} />
      </div>
    </section>
  );
}

function Bar({
  label,
  done,
  total,
}: {
  readonly label: string;
  readonly done: number;
  readonly total: number;
}) {
  return (
    <div className={styles.bar}>
      <span>
        {label}
        <span>
          {countText(done)} of {countText(total)}
        </span>
      </span>
      <progress value={done} max={Math.max(total, 1)} aria-label={label} />
    </div>
  );
}
