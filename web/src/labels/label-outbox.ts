import type { LabelSubject, NewLabel, ShownLabel } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';

/** Where labels wait that have not been stored yet; outlives the page where the browser allows that. */
export interface OutboxShelf {
  read(): string | undefined;
  /** `undefined`: nothing waits any more. */
  write(text: string | undefined): void;
}

/** What the outbox holds. */
export interface OutboxSnapshot {
  readonly waiting: readonly NewLabel[];
  /** Why what waits could not be stored; it is tried again with the next label, and on request. */
  readonly error: Error | undefined;
}

/**
 * Labels on their way to the store. A label counts at once; it is sent one after the other, the newest word
 * on a subject only, and what could not be stored waits, so that nothing that a reviewer said is lost.
 */
export class LabelOutbox {
  #snapshot: OutboxSnapshot;
  #sending = false;
  #listeners = new Set<() => void>();
  /** What was stored while the page is open: the pages' own data may be older. */
  readonly #stored = new Map<string, NewLabel>();
  readonly #send: (label: NewLabel) => Promise<unknown>;
  readonly #shelf: OutboxShelf;

  constructor(send: (label: NewLabel) => Promise<unknown>, shelf: OutboxShelf) {
    this.#send = send;
    this.#shelf = shelf;
    this.#snapshot = { waiting: readWaiting(shelf), error: undefined };
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
    this.#change({ waiting: [...others, label] });
    void this.#drain();
  }

  /** Tries again to store what waits. */
  retry(): void {
    void this.#drain();
  }

  /** Gives up on what waits, e.g. because what it is about is no longer there. */
  discard(): void {
    if (!this.#sending) this.#change({ waiting: [], error: undefined });
  }

  /** What reviewers said of a subject, with what this page knows better. */
  labelsOf(subject: LabelSubject, known: readonly ShownLabel[], at: string): readonly ShownLabel[] {
    const own = [...this.#stored.values(), ...this.#snapshot.waiting].filter(
      (label) => subjectKey(label) === subjectKey(subject),
    );
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
        await this.#send(next);
        this.#stored.set(keyOf(next), next);
        this.#change({ waiting: this.#snapshot.waiting.slice(1), error: undefined });
      }
    } catch (cause) {
      this.#change({ error: cause instanceof Error ? cause : new Error(String(cause)) });
    } finally {
      this.#sending = false;
    }
  }

  #change(change: Partial<OutboxSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    const { waiting } = this.#snapshot;
    this.#shelf.write(waiting.length === 0 ? undefined : JSON.stringify(waiting));
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

function readWaiting(shelf: OutboxShelf): readonly NewLabel[] {
  const text = shelf.read();
  if (text === undefined) return [];
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? read.filter(isLabel) : [];
  } catch (error) {
    // Somebody else's data under our name: there is nothing of ours in it to keep.
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
