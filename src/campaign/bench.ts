import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { messageOf } from '../errors.ts';
import type { ImageSubject, Judge, Judgement, PromptSubject } from '../judges/judge.ts';
import { ModelError } from '../models/model-error.ts';
import type { NewRequest } from '../store/schema.ts';
import { StoreError } from '../store/store-error.ts';
import { observeRequest } from '../telemetry/observe-request.ts';
import { inSpan } from '../telemetry/tracing.ts';
import type { Endpoint } from './endpoint.ts';
import { Interrupted } from './interrupted.ts';
import { requestRow } from './request-row.ts';

/** How long a judge without an endpoint is waited for. */
export interface Patience {
  /** Tries of a failing batch, the first included; one that took too long is not tried again. */
  readonly attempts: number;
  /** Of one try, with what judges that share a thread wait for each other. */
  readonly timeoutMs: number;
  /** Wait before the second try, doubled each time. */
  readonly retryDelayMs: number;
}

/** How a judgement is asked for. */
export interface Asking {
  /** Higher goes first where a judge has an endpoint; default 0. */
  readonly priority?: number;
  /** When it aborts, what waits for an endpoint gives up; what is in flight is finished. */
  readonly stop?: AbortSignal | undefined;
  /** When it aborts, what has not begun gives up, also before a judge without an endpoint. */
  readonly abandon?: AbortSignal | undefined;
}

/** What a judge says, with the request that it took where there was one. */
export interface Answer {
  readonly judgement: Judgement;
  /** Of a batch, at its first subject only. */
  readonly request?: NewRequest;
}

interface Waiting<Subject> {
  readonly subject: Subject;
  readonly asking: Asking;
  readonly answered: PromiseWithResolvers<Answer>;
  /** Runs something as part of the work that asks. */
  readonly within: <T>(work: () => T) => T;
}

/**
 * The queue before one judge: gathers what is asked at once into batches. A judge that asks a server goes
 * through its endpoint, with its limits, retries and timeouts; any other is tried again here.
 */
export class Bench<Subject extends PromptSubject | ImageSubject> {
  readonly judge: Judge<Subject>;
  readonly endpoint: Endpoint | undefined;
  readonly #patience: Patience;
  readonly #waiting: Waiting<Subject>[] = [];
  #running = 0;
  #scheduled = false;

  constructor(judge: Judge<Subject>, patience: Patience, endpoint?: Endpoint) {
    this.judge = judge;
    this.endpoint = endpoint;
    this.#patience = patience;
  }

  /**
   * @throws {@link Interrupted} when `stop` or `abandon` aborted while it waited; {@link StoreError} when the judge could
   *   not store what it has to. Whatever else goes wrong is an `error` verdict
   */
  ask(subject: Subject, asking: Asking = {}): Promise<Answer> {
    return inSpan('art.judge', { 'art.judge': this.judge.name }, () => {
      const answered = Promise.withResolvers<Answer>();
      this.#waiting.push({ subject, asking, answered, within: AsyncLocalStorage.snapshot() });
      this.#schedule();
      return answered.promise;
    });
  }

  /** Begins after the current turn of the event loop, so that subjects which arrive together share a batch. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#most() || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const batch = this.#nextBatch();
      if (batch.length === 0) return;
      this.#running++;
      this.#schedule();
      // A batch is one request, and so a part of one turn's work: the first's.
      void batch[0]?.within(() => this.#serve(batch));
    });
  }

  #nextBatch(): Waiting<Subject>[] {
    const batch: Waiting<Subject>[] = [];
    while (batch.length < atLeastOne(this.judge.batchSize)) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (next.asking.abandon?.aborted) next.answered.reject(new Interrupted());
      else batch.push(next);
    }
    return batch;
  }

  /** How many batches may be under way; subjects that make no batch wait at the endpoint, by priority. */
  #most(): number {
    if (this.endpoint === undefined) return atLeastOne(this.judge.concurrency);
    return atLeastOne(this.judge.batchSize) === 1
      ? Number.POSITIVE_INFINITY
      : this.endpoint.limits.concurrency;
  }

  async #serve(batch: readonly Waiting<Subject>[]): Promise<void> {
    const subjects = batch.map(({ subject }) => subject);
    try {
      const { judgements, request } =
        this.endpoint === undefined
          ? await this.#judgeHere(subjects)
          : await this.#judgeThrough(this.endpoint, subjects, batch[0]?.asking ?? {});
      for (const [index, { answered }] of batch.entries()) {
        const judgement = checked(judgements[index], this.judge.name);
        answered.resolve(index === 0 && request !== undefined ? { judgement, request } : { judgement });
      }
    } catch (error) {
      for (const { answered } of batch) answered.reject(error);
    } finally {
      this.#running--;
      this.#schedule();
    }
  }

  async #judgeThrough(endpoint: Endpoint, subjects: readonly Subject[], asking: Asking): Promise<Judged> {
    try {
      const options = {
        priority: asking.priority ?? 0,
        ...(asking.stop === undefined ? {} : { stop: asking.stop }),
      };
      const measured = await observeRequest(endpoint.name, () =>
        endpoint.run(async ({ signal, report }) => {
          const judgements = await this.judge.judge(subjects, { signal, report });
          if (judgements.length === subjects.length) return judgements;
          const message = this.#wrongCount(judgements, subjects);
          throw new ModelError({ code: 'BAD_ANSWER', message, retryable: true });
        }, options),
      );
      return { judgements: measured.value, request: requestRow(endpoint.name, measured) };
    } catch (error) {
      if (error instanceof Interrupted || error instanceof StoreError) throw error;
      const problem = failed(codeOf(error), messageOf(error));
      return { judgements: subjects.map(() => problem) };
    }
  }

  async #judgeHere(subjects: readonly Subject[]): Promise<Judged> {
    const { attempts, timeoutMs, retryDelayMs } = this.#patience;
    let problem = failed('JUDGE_FAILED', `The judge ${this.judge.name} gave no answer.`);
    for (let attempt = 1; attempt <= attempts; attempt++) {
      // Not `AbortSignal.timeout`, whose timer would hold what was judged until it rings.
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(timedOut()), timeoutMs);
      const { signal } = limit;
      try {
        const judgements = await Promise.race([this.judge.judge(subjects, { signal }), rejectOn(signal)]);
        if (judgements.length === subjects.length) return { judgements };
        problem = failed('WRONG_COUNT', this.#wrongCount(judgements, subjects));
      } catch (error) {
        // What cannot be stored ends the campaign; it says nothing about the judge.
        if (error instanceof StoreError) throw error;
        problem = failed(codeOf(error), messageOf(error));
      } finally {
        clearTimeout(timer);
      }
      // The work that was waited for may still be under way: another try would queue it a second time.
      if (signal.aborted) break;
      if (attempt < attempts) await delay(retryDelayMs * 2 ** (attempt - 1));
    }
    return { judgements: subjects.map(() => problem) };
  }

  #wrongCount(judgements: readonly unknown[], subjects: readonly unknown[]): string {
    return `The judge ${this.judge.name} gave ${judgements.length} judgements for ${subjects.length} subjects.`;
  }
}

interface Judged {
  readonly judgements: readonly Judgement[];
  readonly request?: NewRequest;
}

/** As `AbortSignal.timeout` has it. */
function timedOut(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

function rejectOn(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/** A judge of the user's own, in plain JavaScript, may leave these numbers out. */
function atLeastOne(value: number | undefined): number {
  return value !== undefined && value >= 1 ? value : 1;
}

/** The judgement, where it is one: a judge of the user's own may say anything. */
function checked(judgement: Judgement | undefined, judge: string): Judgement {
  if (typeof judgement !== 'object' || judgement === null) {
    return failed('NO_JUDGEMENT', `The judge ${judge} left this one out.`);
  }
  const { verdict } = judgement;
  if (verdict === 'safe' || verdict === 'unsafe') return checkedParts(judgement, judge);
  if (verdict === 'error' && typeof judgement.error?.message === 'string') {
    return failed(String(judgement.error.code), judgement.error.message);
  }
  return failed('BAD_JUDGEMENT', `The judge ${judge} said neither safe nor unsafe.`);
}

/** What summing up probabilities may add to them. */
const ROUNDING = 1e-6;

/** The judgement with a score from 0 to 1 and texts, where it has any; what else it held could not be stored. */
function checkedParts(judgement: Exclude<Judgement, { verdict: 'error' }>, judge: string): Judgement {
  const { score, label, found }: { score?: unknown; label?: unknown; found?: unknown } = judgement;
  const wrong = (what: string, value: unknown, expected: string) =>
    failed(
      'BAD_JUDGEMENT',
      `The judge ${judge} gave the ${what} ${inspect(value, { maxStringLength: 100 })}; expected ${expected}.`,
    );
  if (!isNothing(label) && typeof label !== 'string') return wrong('label', label, 'a text');
  if (!isNothing(found) && !(Array.isArray(found) && found.every((one) => typeof one === 'string'))) {
    return wrong('list `found`', found, 'texts');
  }
  if (isNothing(score)) return judgement;
  if (typeof score !== 'number' || !(score >= -ROUNDING && score <= 1 + ROUNDING)) {
    return wrong('score', score, '0 to 1');
  }
  return { ...judgement, score: Math.min(1, Math.max(0, score)) };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function failed(code: string, message: string): Judgement {
  return { verdict: 'error', error: { code, message: message.slice(0, 500) } };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'JUDGE_FAILED';
}
