import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { ModelError } from '../models/model-error.ts';
import type { Usage } from '../models/types.ts';
import { Interrupted } from './interrupted.ts';
import { pause } from './pause.ts';
import type { EndpointProgress } from './progress.ts';
import { LocalSlots, type Slots } from './slots.ts';

/** `writer`, `guide`, `target`, `judge:…` or `embedder`. */
export type EndpointName = EndpointProgress['name'];

/** How hard an endpoint may be pressed, and how long it is waited for. */
export interface EndpointLimits {
  /** At most so many requests in flight. */
  readonly concurrency: number;
  readonly requestsPerMinute?: number | undefined;
  /** Of one attempt. */
  readonly timeoutSeconds: number;
  /** Tries after the first, for what may succeed later. */
  readonly retries: number;
}

/** What an endpoint needs from outside. */
export interface EndpointServices {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Says what went wrong, whatever was thrown. */
  readonly classify: (error: unknown) => ModelError;
  readonly onProblem?: (problem: ModelError) => void;
  /** Where requests wait for a slot; default: slots of this process alone. */
  readonly slots?: Slots | undefined;
}

/** A result with what it took to get it. */
export interface Measured<T> {
  readonly value: T;
  /** Milliseconds spent waiting for a slot. */
  readonly waitedMs: number;
  /** Milliseconds of the attempt that succeeded. */
  readonly tookMs: number;
  readonly attempts: number;
  readonly usage: Usage;
}

/** How a request is queued. */
export interface RequestOptions {
  /** Higher goes first; default 0. */
  readonly priority?: number;
  /** When it aborts, a request that waits for a slot or for its next try gives up; one in flight is finished. */
  readonly stop?: AbortSignal;
}

type ModelRequest<T> = (context: { readonly signal: AbortSignal; report(usage: Usage): void }) => Promise<T>;

/** First wait before a retry, doubled each time up to the longest, half of it random. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** How long an endpoint that has answered before may be down before its requests fail. */
const PATIENCE_MS = 10 * 60_000;
/** The same for one that has never answered: most likely it is not running at all. */
const PATIENCE_BEFORE_FIRST_ANSWER_MS = 30_000;
const LATENCIES_KEPT = 200;

/** Not sent: the endpoint is known to be down or asked for a pause. */
class NotNow extends Error {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super('The endpoint is to be left alone for a while.');
    this.waitMs = waitMs;
  }
}

/**
 * A model endpoint: the one place for its limits, timeouts, retries and circuit breaker.
 *
 * A request waits for a slot (highest priority first), is tried with a timeout, and tried again
 * with jittered exponential back-off when it may succeed later. Waiting for the next try holds no
 * slot. When requests fail one after the other the circuit opens: requests then wait, without using
 * up their tries, until a probe has got through; so a server that is down for a minute costs a
 * minute and nothing else.
 */
export class Endpoint {
  readonly name: EndpointName;
  readonly limits: EndpointLimits;
  readonly #services: EndpointServices;
  readonly #slots: Slots;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #latencies: number[] = [];
  #pausedUntil = 0;
  #requests = 0;
  #retries = 0;
  #failures = 0;
  /** With a result, or by saying that there were too many requests: it is there. */
  #hasAnswered = false;
  /** When the first failure since the last success was. */
  #downSince: number | undefined;
  #lastProblem: ModelError | undefined;

  constructor(name: EndpointName, limits: EndpointLimits, services: EndpointServices) {
    this.name = name;
    this.limits = limits;
    this.#services = services;
    this.#slots = services.slots ?? new LocalSlots(limits.concurrency, limits.requestsPerMinute);
    this.#breaker = circuitBreaker(handleWhen(suggestsOutage), {
      breaker: new ConsecutiveBreaker(Math.max(5, 2 * limits.concurrency)),
      halfOpenAfter: new ExponentialBackoff({ initialDelay: 1_000, maxDelay: LONGEST_RETRY_MS }),
    });
  }

  /** What is going on, for the progress display. */
  get state() {
    return {
      name: this.name,
      inFlight: this.#slots.running,
      limit: this.limits.concurrency,
      waiting: this.#slots.waiting,
      requests: this.#requests,
      retries: this.#retries,
      failures: this.#failures,
      medianLatencyMs: median(this.#latencies),
      breakerOpen: this.#breaker.state !== CircuitState.Closed,
    };
  }

  /**
   * Runs a request under the endpoint's policy.
   *
   * @throws {@link ModelError} when it failed for good
   * @throws {@link Interrupted} when `stop` aborted before it was sent
   */
  async run<T>(request: ModelRequest<T>, { priority = 0, stop }: RequestOptions = {}): Promise<Measured<T>> {
    const { now } = this.#services;
    if (stop !== undefined) setMaxListeners(0, stop);
    let attempts = 0;
    let failures = 0;
    let countedFailures = 0;
    let waitedMs = 0;
    let last: ModelError | undefined;

    const mayTryAgain = (error: unknown): boolean => {
      if (error instanceof NotNow) return this.#isPatient(error.waitMs);
      if (!(error instanceof ModelError) || !error.retryable) return false;
      failures++;
      // A full server and a probe of an open circuit say nothing about this request.
      if (error.code !== 'RATE_LIMITED' && this.#breaker.state === CircuitState.Closed) countedFailures++;
      return countedFailures <= this.limits.retries && this.#isPatient(error.retryAfterMs ?? 0);
    };

    for (;;) {
      try {
        const queuedAt = now();
        // Whichever request gives up its slot, what is done in it belongs to this one.
        const task = AsyncLocalStorage.bind(async () => {
          waitedMs += now() - queuedAt;
          return await this.#attempt(request, () => ({ waitedMs, attempts: ++attempts }));
        });
        return await this.#slots.run(task, { priority, stop });
      } catch (error) {
        if (error instanceof ModelError) last = error;
        const again = mayTryAgain(error);
        const final = error instanceof ModelError && !error.retryable;
        if (error instanceof Interrupted || (stop?.aborted && !final)) throw new Interrupted();
        if (!again) {
          this.#failures++;
          throw error instanceof NotNow ? (last ?? this.#lastProblem ?? this.#timedOut()) : error;
        }
        await pause(this.#delay(error, failures), stop);
      }
    }
  }

  async #attempt<T>(
    request: ModelRequest<T>,
    begin: () => { readonly waitedMs: number; readonly attempts: number },
  ): Promise<Measured<T>> {
    const { now, classify, onProblem } = this.#services;
    const left = Math.max(this.#pausedUntil - now(), this.#slots.pausedMs ?? 0);
    if (left > 0) throw new NotNow(left);
    try {
      return await this.#breaker.execute(async () => {
        const begun = begin();
        if (begun.attempts > 1) this.#retries++;
        this.#requests++;
        const startedAt = now();
        try {
          let usage: Usage = {};
          const value = await timeout(this.limits.timeoutSeconds * 1_000, {
            strategy: TimeoutStrategy.Aggressive,
            // The signal is for the request alone, which is over by then.
            abortOnReturn: false,
          }).execute(({ signal }) =>
            request({
              signal,
              report: (reported) => {
                usage = addUsage(usage, reported);
              },
            }),
          );
          const tookMs = now() - startedAt;
          this.#hasAnswered = true;
          this.#downSince = undefined;
          this.#latencies.push(tookMs);
          if (this.#latencies.length > LATENCIES_KEPT) this.#latencies.shift();
          return { value, tookMs, usage, ...begun };
        } catch (error) {
          const problem = error instanceof TaskCancelledError ? this.#timedOut() : classify(error);
          if (problem.code === 'RATE_LIMITED' && problem.retryAfterMs !== undefined) {
            this.#pausedUntil = Math.max(this.#pausedUntil, now() + problem.retryAfterMs);
            this.#slots.pause?.(problem.retryAfterMs);
          }
          if (problem.code === 'RATE_LIMITED') this.#hasAnswered = true;
          if (problem.retryable) this.#downSince ??= now();
          this.#lastProblem = problem;
          onProblem?.(problem);
          throw problem;
        }
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new NotNow(1_000);
      throw error;
    }
  }

  /**
   * Whether an endpoint that gives no result is still waited for.
   *
   * @param waitMs how long it wants to be left alone: hours of that are not waited for
   */
  #isPatient(waitMs: number): boolean {
    if (this.#downSince === undefined) return true;
    const patience = this.#hasAnswered ? PATIENCE_MS : PATIENCE_BEFORE_FIRST_ANSWER_MS;
    return this.#services.now() - this.#downSince + waitMs < patience;
  }

  #delay(error: unknown, attempt: number): number {
    const { random } = this.#services;
    if (error instanceof NotNow) return error.waitMs + 250 * random();
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, attempt - 1));
    const wanted = error instanceof ModelError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(wanted, longest / 2) + (longest / 2) * random();
  }

  #timedOut(): ModelError {
    return new ModelError({
      code: 'TIMEOUT',
      message: `The ${this.name} did not answer within ${this.limits.timeoutSeconds} s.`,
      hint: `Raise its timeoutSeconds or lower its concurrency if it is merely slow.`,
      retryable: true,
      data: { endpoint: this.name, timeoutSeconds: this.limits.timeoutSeconds },
    });
  }
}

/** Failures that say that the server is in trouble, not the request. */
function suggestsOutage(error: unknown): boolean {
  return (
    error instanceof ModelError &&
    (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT' || error.code === 'SERVER_ERROR')
  );
}

function addUsage(sum: Usage, more: Usage): Usage {
  const inputTokens = addTokens(sum.inputTokens, more.inputTokens);
  const outputTokens = addTokens(sum.outputTokens, more.outputTokens);
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

function addTokens(sum: number | undefined, more: number | undefined): number | undefined {
  return sum === undefined && more === undefined ? undefined : (sum ?? 0) + (more ?? 0);
}

function median(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
