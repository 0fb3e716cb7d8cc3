import type { LabelSubject, NewLabel, ShownLabel } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import { RefusedError } from '../sources/refused-error.ts';
import type { LabelShelf } from './label-shelf.ts';

/** A label that the server does not take, however often it is sent. */
export interface RefusedLabel {
  readonly label: NewLabel;
  readonly error: Error;
}

/** What the outbox holds. */
export interface OutboxSnapshot {
  readonly waiting: readonly NewLabel[];
  /** Why what waits could not be stored; it is tried again with the next label, and on request. */
  readonly error: Error | undefined;
  /** Set aside, so that it keeps nothing else from the store. */
  readonly refused: readonly RefusedLabel[];
}

/**
 * Labels on their way to the store. A label counts at once; it is sent one after the other, the newest word
 * on a subject only, and what could not be stored waits, so that nothing that a reviewer said is lost.
 */
export class LabelOutbox {
  #snapshot: OutboxSnapshot;
  #sending = false;
  #listeners = new Set<() => void>();
  /** What was stored while the page is open, by subject: the pages' own data may be older. */
  readonly #stored = new Map<string, readonly NewLabel[]>();
  /** The same labels as in {@link OutboxSnapshot.waiting}. */
  #waitingBySubject: ReadonlyMap<string, readonly NewLabel[]>;
  readonly #send: (label: NewLabel) => Promise<unknown>;
  readonly #shelf: LabelShelf;

  constructor(send: (label: NewLabel) => Promise<unknown>, shelf: LabelShelf) {
    this.#send = send;
    this.#shelf = shelf;
    this.#snapshot = { waiting: shelf.read().flatMap(parseLabel), error: undefined, refused: [] };
    this.#waitingBySubject = Map.groupBy(this.#snapshot.waiting, subjectKey);
    void this.#drain();
  }

  readonly snapshot = (): OutboxSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a label in and sends it. */
  put(label: NewLabel): void {
    const key = keyOf(label);
    // What is being sent stays in front: it may arrive, and the new word has to come after it.
    const others = this.#snapshot.waiting.filter(
      (other, index) => keyOf(other) !== key || (this.#sending && index === 0),
    );
    const refused = this.#snapshot.refused.filter((other) => keyOf(other.label) !== key);
    this.#shelf.put(key, JSON.stringify(label));
    this.#change({ waiting: [...others, label], refused });
    void this.#drain();
  }

  /** Tries again to store what waits. */
  retry(): void {
    void this.#drain();
  }

  /** Gives up on what was refused, e.g. because what it is about is no longer there. */
  discard(): void {
    for (const { label } of this.#snapshot.refused) this.#takeDown(label);
    this.#change({ refused: [] });
  }

  /**
   * What reviewers said of a subject, with what this page knows better.
   *
   * @param at - the moment that labels of this page are shown with
   */
  labelsOf(subject: LabelSubject, known: readonly ShownLabel[], at: string): readonly ShownLabel[] {
    const key = subjectKey(subject);
    const own = [...(this.#stored.get(key) ?? []), ...(this.#waitingBySubject.get(key) ?? [])];
    return own.reduce<readonly ShownLabel[]>((labels, { reviewer, label }) => {
      const others = labels.filter((other) => other.reviewer !== reviewer);
      return label === null ? others : [...others, { reviewer, label, at }];
    }, known);
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#snapshot.waiting[0]; next !== undefined; next = this.#snapshot.waiting[0]) {
        const refusal = await this.#deliver(next);
        const waiting = this.#snapshot.waiting.slice(1);
        if (refusal === undefined) this.#change({ waiting, error: undefined });
        else this.#change({ waiting, refused: [...this.#snapshot.refused, { label: next, error: refusal }] });
      }
    } catch (cause) {
      this.#change({ error: cause instanceof Error ? cause : new Error(String(cause)) });
    } finally {
      this.#sending = false;
    }
  }

  /** Sends one label; gives back why it was refused. Throws where it may be tried again. */
  async #deliver(label: NewLabel): Promise<RefusedError | undefined> {
    try {
      await this.#send(label);
    } catch (error) {
      if (error instanceof RefusedError) return error;
      throw error;
    }
    const key = subjectKey(label);
    const others = (this.#stored.get(key) ?? []).filter(({ reviewer }) => reviewer !== label.reviewer);
    this.#stored.set(key, [...others, label]);
    this.#takeDown(label);
    return undefined;
  }

  #takeDown(label: NewLabel): void {
    this.#shelf.remove(keyOf(label), JSON.stringify(label));
  }

  #change(change: Partial<OutboxSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#waitingBySubject = Map.groupBy(this.#snapshot.waiting, subjectKey);
    for (const listener of this.#listeners) listener();
  }
}

/** What tells a subject from the others of its campaign. */
export function subjectKey({ turn, subject, number }: LabelSubject): string {
  return `${turn} ${subject} ${number}`;
}

function keyOf(label: NewLabel): string {
  return `${subjectKey(label)} ${label.reviewer}`;
}

/** A label from the shelf; somebody else's data under our name are left alone. */
function parseLabel(text: string): NewLabel[] {
  try {
    const read: unknown = JSON.parse(text);
    return isLabel(read) ? [read] : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

const SUBJECTS: readonly LabelSubject['subject'][] = ['prompt', 'turn image', 'evaluation image'];
export const REVIEW_LABELS: readonly ReviewLabel[] = ['safe', 'unsafe', 'unsure'];

function isLabel(value: unknown): value is NewLabel {
  if (typeof value !== 'object' || value === null) return false;
  const { turn, subject, number, reviewer, label }: Record<string, unknown> = { ...value };
  return (
    typeof turn === 'number' &&
    typeof number === 'number' &&
    typeof reviewer === 'string' &&
    SUBJECTS.some((known) => known === subject) &&
    (label === null || REVIEW_LABELS.some((known) => known === label))
  );
}
