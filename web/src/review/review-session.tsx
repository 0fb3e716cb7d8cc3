import { useRef, useState } from 'react';
import { countText } from '../../../src/report/figures.ts';
import type { LabelSubject } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import { VerdictBadge } from '../components/verdict-badge.tsx';
import { ShortcutHelp } from '../keyboard/shortcut-help.tsx';
import { LABEL_KEYS } from '../labels/label-control.tsx';
import type { Labels } from '../labels/use-labels.ts';
import { usePicturesShown } from '../preferences/use-pictures-shown.ts';
import { useCampaign } from '../sources/source-context.tsx';
import { nextToDo, orderQueue, type QueueChoice, type ReviewItem } from './queue.ts';
import styles from './review-session.module.css';
import { ReviewStage } from './review-stage.tsx';

/** A reviewer going through a queue: one at a time, with keys, and a way back. */
export function ReviewSession({
  items,
  choice,
  labels,
  verdictsAtOnce,
}: {
  /** Everything there is; the order is made once, so that nothing moves under the reviewer's hands. */
  readonly items: readonly ReviewItem[];
  readonly choice: QueueChoice;
  readonly labels: Labels;
  readonly verdictsAtOnce: boolean;
}) {
  const { id: campaign } = useCampaign();
  const [allShown] = usePicturesShown();
  const isDone = (item: ReviewItem) => labels.own(item.subject, item.labels) !== undefined;
  const [queue] = useState(() => orderQueue(items, choice, isDone));
  const [place, setPlace] = useState(0);
  const [shown, setShown] = useState<ReadonlyMap<ReviewItem, boolean>>(new Map());
  const [last, setLast] = useState<{ readonly place: number; readonly label: ReviewLabel }>();
  const stage = useRef<HTMLDivElement>(null);

  const item = queue[place];
  const mine = queue.filter(isDone).length;
  const anyone = queue.filter(
    ({ subject, labels: known }) => labels.labelsOf(subject, known).length > 0,
  ).length;
  if (item === undefined) return null;

  const go = (to: number) => {
    setPlace(Math.min(Math.max(to, 0), queue.length - 1));
    // A screen reader goes on with what is to be labelled now; on a phone it comes into view.
    stage.current?.focus({ preventScroll: true });
    stage.current?.scrollIntoView({ block: 'nearest' });
  };
  const label = (subject: LabelSubject, given: ReviewLabel | null) => {
    labels.put(subject, given);
    if (given === null) {
      setLast(undefined);
      return;
    }
    setLast({ place, label: given });
    const next = nextToDo(queue, place, (other) => other === item || isDone(other));
    if (next !== undefined) go(next);
  };
  const undo = () => {
    const back = isDone(item) ? place : last?.place;
    const target = back === undefined ? undefined : queue[back];
    if (back === undefined || target === undefined) return;
    labels.put(target.subject, null);
    setLast(undefined);
    go(back);
  };
  const show = (to: boolean) => setShown((known) => new Map(known).set(item, to));
  const labelling = (['safe', 'unsafe', 'unsure'] as const).map((given) => ({
    keys: [LABEL_KEYS[given]],
    does: `Label it ${given}`,
    run: () => label(item.subject, given),
  }));
  const before = last === undefined ? undefined : queue[last.place];

  return (
    <section aria-label="Labelling" className={styles.session}>
      <div className={styles.progress}>
        <progress max={queue.length} value={anyone} aria-label="Labelled by anybody" />
        <p role="status">
          <strong>{countText(anyone)}</strong> of {countText(queue.length)} labelled,{' '}
          <strong>{countText(mine)}</strong> by you{mine === queue.length ? '. That was all of them.' : ''}
        </p>
        <div className={styles.steps}>
          <ShortcutHelp
            shortcuts={[
              ...labelling,
              { keys: ['z'], does: 'Take back this label, or the last one', run: undo },
              { keys: ['ArrowRight', 'j'], does: 'Next, without a label', run: () => go(place + 1) },
              { keys: ['ArrowLeft', 'k'], does: 'Back', run: () => go(place - 1) },
              {
                keys: ['v'],
                does: 'Show or veil the picture',
                run: () => show(!(shown.get(item) ?? allShown)),
              },
            ]}
          />
          <button type="button" disabled={place === 0} onClick={() => go(place - 1)}>
            ← Back
          </button>
          <button type="button" disabled={place === queue.length - 1} onClick={() => go(place + 1)}>
            Next →
          </button>
        </div>
      </div>
      <div ref={stage} tabIndex={-1} className={styles.stage}>
        <p className="visually-hidden">
          {place + 1} of {queue.length}
        </p>
        <ReviewStage
          key={place}
          campaign={campaign}
          item={item}
          labels={labels}
          shown={shown.get(item)}
          onShownChange={show}
          verdictsAtOnce={verdictsAtOnce}
          onLabel={label}
        />
      </div>
      {before !== undefined && last !== undefined && last.place !== place && (
        <p className={styles.last}>
          <span>
            Before: you said <VerdictBadge verdict={last.label} />, the judges{' '}
            <VerdictBadge verdict={before.verdict} />
          </span>
          <button type="button" onClick={undo}>
            Take it back <kbd>Z</kbd>
          </button>
        </p>
      )}
    </section>
  );
}
