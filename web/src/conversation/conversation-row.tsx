import type { ConversationSummary } from '../../../src/report/view-model.ts';
import { ModelText } from '../components/model-text.tsx';
import { categoryTitle, plural, visibleText } from '../format/words.ts';
import { hashHref } from '../routing/hash-route.ts';
import styles from './conversation-row.module.css';

const STATUS = { pending: 'not begun', running: 'running', done: 'done', failed: 'failed' } as const;

/**
 * A conversation in the list: where it leads, and how many of its prompts were safe and became findings.
 *
 * @param most - the most turns of any conversation: what the bar's full width stands for
 */
export function ConversationRow({
  conversation,
  campaign,
  most,
}: {
  readonly conversation: ConversationSummary;
  readonly campaign: string;
  readonly most: number;
}) {
  const { category, number, turns, safePrompts, findings, status, startPrompt, failure } = conversation;
  return (
    <li className={styles.row}>
      <h2 className={styles.title}>
        <a href={hashHref(['conversations', category, number], { campaign })}>
          {visibleText(categoryTitle(category))} {number + 1}
        </a>
        {status !== 'done' && (
          <span className={styles.status} data-status={status}>
            {STATUS[status]}
          </span>
        )}
      </h2>
      <p className={styles.start}>
        <ModelText text={startPrompt} maximum={160} />
      </p>
      <div className={styles.counts}>
        <p>
          <strong>{plural(findings, 'finding')}</strong> · {safePrompts} safe of {plural(turns, 'prompt')}
        </p>
        <svg className={styles.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect width={(100 * turns) / most} height="6" className={styles.all} />
          <rect width={(100 * safePrompts) / most} height="6" className={styles.safe} />
          <rect width={(100 * findings) / most} height="6" className={styles.findings} />
        </svg>
      </div>
      {failure !== null && (
        <p className={styles.failure}>
          <ModelText text={failure} maximum={300} />
        </p>
      )}
    </li>
  );
}
