import { trace } from '@opentelemetry/api';
import { instruments } from './instruments.ts';
import { currentPlace } from './place.ts';
import { inSpan } from './tracing.ts';

/** One verdict as it is stored. */
interface StoredVerdict {
  readonly judge: string;
  readonly subject: string;
  readonly verdict: string;
}

/** What has become of a turn or an evaluation image. */
export interface Stored {
  readonly outcome: string;
  /** The turn's id. */
  readonly turn: number;
  readonly promptVerdict?: string | undefined;
  readonly imageVerdict?: string | undefined;
  readonly verdicts: readonly StoredVerdict[];
}

/** Hears of what has been committed, at the place where that was done. */
type StoredListener = (what: 'turn' | 'evaluation image', stored: Stored) => void;

const listeners = new Set<StoredListener>();

/**
 * Lets somebody hear of every turn and evaluation image that is committed; for logs.
 *
 * @returns ends it
 */
export function onStored(listener: StoredListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Has the commit of a turn or of an evaluation image traced and timed.
 *
 * @param what is committed
 * @param commit does it
 */
export function observeCommit<T>(what: 'turn' | 'evaluation', commit: () => Promise<T>): Promise<T> {
  const beganAt = performance.now();
  return inSpan(`art.store.${what}`, {}, async () => {
    const result = await commit();
    instruments().commitSeconds.record((performance.now() - beganAt) / 1_000, { what });
    return result;
  });
}

/** Counts a turn that has been committed, and says in its trace what became of it. */
export function observeTurn(stored: Stored): void {
  const { campaign = '', category = '' } = currentPlace() ?? {};
  instruments().turns.add(1, { campaign, category, outcome: stored.outcome });
  observeStored('turn', stored);
}

/** Counts an evaluation image that has been committed, and says in its trace what became of it. */
export function observeEvaluationImage(stored: Stored): void {
  const { campaign = '', category = '' } = currentPlace() ?? {};
  instruments().evaluationImages.add(1, { campaign, category, outcome: stored.outcome });
  observeStored('evaluation image', stored);
}

function observeStored(what: 'turn' | 'evaluation image', stored: Stored): void {
  const { outcome, turn, promptVerdict, imageVerdict, verdicts } = stored;
  for (const tell of listeners) tell(what, stored);
  const counter = instruments().verdicts;
  for (const { judge, subject, verdict } of verdicts) counter.add(1, { judge, subject, verdict });
  const span = trace.getActiveSpan();
  if (span === undefined) return;
  span.setAttributes({ 'art.outcome': outcome, 'art.turn': turn });
  if (promptVerdict !== undefined) span.setAttribute('art.verdict.prompt', promptVerdict);
  if (imageVerdict !== undefined) span.setAttribute('art.verdict.image', imageVerdict);
  for (const { judge, subject, verdict } of verdicts) {
    span.setAttribute(`art.verdict.${subject === 'prompt' ? 'prompt' : 'image'}.${judge}`, verdict);
  }
}
