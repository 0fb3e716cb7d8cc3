import type { LabelledSubject } from '../../datasets/labelled/labelled-data.ts';
import type { Verdict } from '../judge.ts';

/** What one judge said of one subject. */
export interface JudgedRow {
  readonly judge: string;
  readonly verdict: Verdict;
  readonly score?: number | null | undefined;
  readonly label?: string | null | undefined;
  readonly found?: readonly string[] | null | undefined;
  readonly error?: { readonly code: string; readonly message: string } | null | undefined;
}

/** What all judges said of one subject; a judge that is not asked about its category has no row. */
export interface Judged {
  readonly subject: LabelledSubject;
  readonly combined: Verdict;
  readonly rows: readonly JudgedRow[];
}

/** Asks all judges about a subject; does not throw for what judges do wrong. */
export type AskJudges = (subject: LabelledSubject) => Promise<Omit<Judged, 'subject'>>;

/** How to go through the subjects. */
export interface CollectOptions {
  readonly ask: AskJudges;
  readonly signal: AbortSignal;
  /** Hears after each subject how many are done, and how many verdicts are errors. */
  readonly onProgress?: ((done: number, errors: number) => void) | undefined;
}

/**
 * Enough to fill the judges' batches and requests in flight; images are decoded meanwhile, and a large
 * one takes some 100 MB.
 */
const AT_ONCE = { prompt: 512, image: 16 } as const;

/**
 * Has all subjects judged, many at once, so that judges get whole batches.
 *
 * @returns what was said, in the order of the subjects
 * @throws the signal's reason when it aborts
 */
export async function collectJudgements(
  subjects: readonly LabelledSubject[],
  { ask, signal, onProgress }: CollectOptions,
): Promise<Judged[]> {
  const judged = new Map<LabelledSubject, Judged>();
  const waiting = subjects.values();
  let errors = 0;
  async function work(): Promise<void> {
    for (const subject of waiting) {
      signal.throwIfAborted();
      const { combined, rows } = await ask(subject);
      judged.set(subject, { subject, combined, rows });
      errors += rows.filter(({ verdict }) => verdict === 'error').length;
      onProgress?.(judged.size, errors);
    }
  }
  const workers = Math.min(subjects.length, AT_ONCE[subjects[0]?.kind ?? 'prompt']);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    // A judge may take its time to notice: nobody waits for it.
    await Promise.race([Promise.all(Array.from({ length: workers }, work)), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return subjects.flatMap((subject) => judged.get(subject) ?? []);
}
