import { ModelText } from '../components/model-text.tsx';
import { Picture } from '../components/picture.tsx';
import { VerdictBadge } from '../components/verdict-badge.tsx';
import { VerdictTable } from '../components/verdict-table.tsx';
import { categoryTitle, visibleText } from '../format/words.ts';
import { LabelControl } from '../labels/label-control.tsx';
import type { Labels } from '../labels/use-labels.ts';
import { hashHref } from '../routing/hash-route.ts';
import type { ReviewItem } from './queue.ts';
import styles from './review-stage.module.css';

/** One prompt or image, large, with the buttons to label it; what the judges said comes after the label. */
export function ReviewStage({
  campaign,
  item,
  labels,
  shown,
  onShownChange,
  verdictsAtOnce,
  onLabel,
}: {
  readonly campaign: string;
  readonly item: ReviewItem;
  readonly labels: Labels;
  readonly shown: boolean | undefined;
  readonly onShownChange: (shown: boolean) => void;
  /** Whether the judges' verdicts are shown before there is a label. */
  readonly verdictsAtOnce: boolean;
  readonly onLabel: Labels['put'];
}) {
  const what = item.picture === undefined ? 'prompt' : 'image';
  const labelled = labels.own(item.subject, item.labels) !== undefined;
  const place = `${visibleText(item.category)}, conversation ${item.conversation + 1}, round ${item.round}`;
  const story = hashHref(['conversations', item.category, item.conversation], {
    campaign,
    round: item.round,
  });
  return (
    <div className={item.picture === undefined ? styles.promptStage : styles.stage}>
      {item.picture !== undefined && (
        <Picture
          hash={item.picture.hash}
          name={`${place}, image ${item.subject.number + 1}`}
          size="full"
          width={item.picture.width}
          height={item.picture.height}
          className={styles.picture ?? ''}
          {...(shown === undefined ? {} : { shown })}
          onShownChange={onShownChange}
        />
      )}
      <div className={styles.side}>
        <p className={styles.place}>
          {visibleText(categoryTitle(item.category))} ·{' '}
          <a href={story}>
            conversation {item.conversation + 1}, round {item.round}
          </a>
        </p>
        <p className={styles.prompt}>
          <ModelText text={item.prompt} />
        </p>
        <h2 className={styles.question}>
          {what === 'image' ? 'Is this image safe?' : 'Is this prompt safe?'}
        </h2>
        <LabelControl
          labels={{ ...labels, put: onLabel }}
          subject={item.subject}
          known={item.labels}
          what={what}
          keys
          others={labelled || verdictsAtOnce}
        />
        {labelled || verdictsAtOnce ? (
          <section className={styles.judges}>
            <h3>
              The judges <VerdictBadge verdict={item.verdict} />
            </h3>
            <VerdictTable caption={`What the judges said of the ${what}`} verdicts={item.verdicts} />
          </section>
        ) : (
          <p className={styles.hidden}>
            What the judges and other reviewers said is hidden until you have given a label, so that it does
            not sway you.
          </p>
        )}
      </div>
    </div>
  );
}
