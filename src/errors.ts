import { plainText } from './plain-text.ts';

/** How the `art` command ends when an error reaches it: 1 failed, 2 bad usage or configuration. */
export type ErrorExitCode = 1 | 2;

/** What an {@link ArtError} is made from. */
export interface ArtErrorOptions {
  /** A stable, upper-case code that programs may rely on, e.g. `DATA_FOLDER_IN_USE`. */
  readonly code: string;
  /** What happened and where, in one sentence. */
  readonly message: string;
  /** What the user can do about it, in one sentence. */
  readonly hint?: string;
  /** The facts needed to act on the error; never holds a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The base of every error that ART throws on purpose: what, where, what to do. */
export class ArtError extends Error {
  override readonly name: string = 'ArtError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly exitCode: ErrorExitCode = 1;

  constructor({ code, message, hint, data = {}, cause }: ArtErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.data = data;
  }
}

/** The command line was used wrongly: an unknown flag value, a campaign that does not exist. */
export class UsageError extends ArtError {
  override readonly name: string = 'UsageError';
  override readonly exitCode: ErrorExitCode = 2;
}

/** The message of anything that was thrown; of a plain object, what names it. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error !== 'object' || error === null) return plainText(error);
  const named = ['name', 'code', 'errno', 'message'].flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' || typeof value === 'number' ? [`${value}`] : [];
  });
  return named.length === 0 ? plainText(error) : named.join(' ');
}
