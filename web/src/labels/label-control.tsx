import { type FormEvent, useId, useState } from 'react';
import type { LabelSubject, ShownLabel } from '../../../src/report/view-model.ts';
import { cleanReviewerName, LONGEST_REVIEWER } from '../../../src/reviewer-name.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import { VerdictBadge } from '../components/verdict-badge.tsx';
import { formatMoment, visibleText } from '../format/words.ts';
import styles from './labels.module.css';
import type { Labels } from './use-labels.ts';

/** The key that gives each label. */
export const LABEL_KEYS: Readonly<Record<ReviewLabel, string>> = { safe: 's', unsafe: 'u', unsure: 'x' };

/**
 * Three buttons with which a reviewer labels a prompt or an image, and what others said.
 *
 * @param known - the labels as the page's data have them
 * @param keys - whether the keys are shown on the buttons
 */
export function LabelControl({
  labels,
  subject,
  known,
  what,
  keys = false,
  others = true,
}: {
  readonly labels: Labels;
  readonly subject: LabelSubject;
  readonly known: readonly ShownLabel[];
  /** What is labelled: `prompt`, `image`. */
  readonly what: string;
  readonly keys?: boolean;
  readonly others?: boolean;
}) {
  const own = labels.own(subject, known);
  const rest = labels.labelsOf(subject, known).filter(({ reviewer }) => reviewer !== labels.reviewer);
  if (!labels.canLabel) return <LabelList labels={rest} />;
  if (labels.reviewer === undefined) {
    return (
      <>
        <ReviewerForm onName={labels.setReviewer} />
        {others && <LabelList labels={rest} />}
      </>
    );
  }
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a row of buttons, not a part of a form */}
      <div className={styles.buttons} role="group" aria-label={`Your label of this ${what}`}>
        {(['safe', 'unsafe', 'unsure'] as const).map((label) => (
          <button
            key={label}
            type="button"
            data-label={label}
            aria-pressed={own === label}
            onClick={() => labels.put(subject, own === label ? null : label)}
          >
            {label.charAt(0).toUpperCase() + label.slice(1)}
            {keys && <kbd>{LABEL_KEYS[label].toUpperCase()}</kbd>}
          </button>
        ))}
      </div>
      {others && <LabelList labels={rest} />}
      <OutboxState labels={labels} />
    </>
  );
}

/** What reviewers said, one line each; nothing when nobody said anything. */
export function LabelList({ labels }: { readonly labels: readonly ShownLabel[] }) {
  if (labels.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Labels">
      {labels.map(({ reviewer, label, at }) => (
        <li key={reviewer}>
          <VerdictBadge verdict={label} /> <bdi>{visibleText(reviewer)}</bdi>
          <time dateTime={at}>{formatMoment(at)}</time>
        </li>
      ))}
    </ul>
  );
}

/** Says which labels could not be stored, and lets the reviewer try again, or drop those that were refused. */
export function OutboxState({ labels }: { readonly labels: Labels }) {
  const { waiting, error, refused, retry, discard } = labels;
  const [first] = refused;
  const count = (number: number) => (number === 1 ? 'One label has' : `${number} labels have`);
  return (
    <>
      {error !== undefined && waiting.length > 0 && (
        <div className={styles.failed} role="alert">
          <p>
            {count(waiting.length)} not been stored yet: {visibleText(error.message)} Nothing is lost; what
            waits is kept in this browser.
          </p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </div>
      )}
      {first !== undefined && (
        <div className={styles.failed} role="alert">
          <p>
            {count(refused.length)} been refused: {visibleText(first.error.message)}
          </p>
          <button type="button" onClick={discard}>
            Discard
          </button>
        </div>
      )}
    </>
  );
}

/** Asks who labels: labels are kept by reviewer, so that reviewers can be compared. */
export function ReviewerForm({
  onName,
  focus = false,
}: {
  readonly onName: (name: string) => void;
  readonly focus?: boolean;
}) {
  const [name, setName] = useState('');
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // As the server keeps it: otherwise one's own labels would come back as somebody else's.
    const clean = cleanReviewerName(name);
    if (clean !== '') onName(clean);
  };
  return (
    <form className={styles.reviewer} onSubmit={submit}>
      <label htmlFor={id}>Who labels?</label>
      <input
        id={id}
        value={name}
        maxLength={LONGEST_REVIEWER}
        autoComplete="nickname"
        placeholder="Your name or initials"
        // biome-ignore lint/a11y/noAutofocus: the page asks for this alone, before anything else
        autoFocus={focus}
        onChange={({ target }) => setName(target.value)}
      />
      <button type="submit" disabled={cleanReviewerName(name) === ''}>
        Start labelling
      </button>
    </form>
  );
}
