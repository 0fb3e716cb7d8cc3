import { ArtError, type ArtErrorOptions } from '../errors.ts';

/** What went wrong with a model endpoint. */
export type ModelErrorCode =
  | 'UNREACHABLE' // refused or reset connection, unknown host
  | 'TIMEOUT'
  | 'UNAUTHORISED' // 401, 403
  | 'NOT_FOUND' // 404: wrong URL or model
  | 'RATE_LIMITED' // 429
  | 'SERVER_ERROR' // 5xx
  | 'REJECTED' // any other 4xx: the request itself is wrong
  | 'BAD_ANSWER' // answered, but not with what was asked for: HTML, no image, broken PNG
  | 'ADDRESS_REFUSED' // an answer names an address that is not fetched
  | 'NO_USABLE_TEXT'; // a Writer or Guide that only refuses, repeats or says nothing

/** What a {@link ModelError} carries beside its message. */
export interface ModelErrorOptions extends Omit<ArtErrorOptions, 'code'> {
  readonly code: ModelErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the server asked to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs?: number;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
}

/** A request to a model endpoint failed. Never holds a key. */
export class ModelError extends ArtError {
  override readonly name = 'ModelError';
  override readonly code: ModelErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(options: ModelErrorOptions) {
    super(options);
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}
