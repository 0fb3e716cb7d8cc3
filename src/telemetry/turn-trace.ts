import { type Context, context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { at, type Place, placeAttributes } from './place.ts';
import { markFailed, tracer } from './tracing.ts';

/**
 * The trace of one turn. It begins where the turn before ended, for the Guide's and the Writer's requests that lead to
 * a prompt belong to its turn; and only with the first of them, so that a conversation's end leaves no empty trace.
 */
export class TurnTrace {
  readonly #place: Place;
  readonly #beganAt = Date.now();
  #open: { readonly span: Span; readonly context: Context } | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Does something that belongs to the turn. */
  within<T>(work: () => Promise<T>): Promise<T> {
    const { context: inside } = this.#begin();
    return at(this.#place, () => context.with(inside, work));
  }

  /** Plays the turn, which ends the trace. */
  async play<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.within(work);
    } catch (error) {
      if (this.#open !== undefined) markFailed(this.#open.span, error);
      throw error;
    } finally {
      this.end();
    }
  }

  /** Ends the trace of a turn that was played, or that is not going to be. */
  end(): void {
    this.#open?.span.end();
    this.#open = undefined;
  }

  #begin(): { readonly span: Span; readonly context: Context } {
    if (this.#open === undefined) {
      const options = { attributes: placeAttributes(this.#place), startTime: this.#beganAt };
      const span = tracer().startSpan('art.turn', options, ROOT_CONTEXT);
      this.#open = { span, context: trace.setSpan(context.active(), span) };
    }
    return this.#open;
  }
}
