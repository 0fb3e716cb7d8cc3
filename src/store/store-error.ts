import { ArtError, type ErrorExitCode } from '../errors.ts';

export type StoreErrorCode =
  | 'DATA_FOLDER_IN_USE'
  | 'DATA_FOLDER_NEWER'
  | 'DATA_FOLDER_UNREADABLE'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_REFUSED'
  | 'DATABASE_MISSING'
  | 'DATABASE_NEWER'
  | 'IMAGE_MISSING'
  | 'IMAGE_DAMAGED'
  | 'IMAGE_NOT_KEPT'
  | 'IMAGE_DROPPED'
  | 'IMAGES_UNREACHABLE'
  | 'IMAGES_REFUSED'
  | 'IMAGES_ELSEWHERE'
  | 'DISK_FULL'
  | 'STORE_FAILED'
  | 'TURN_ALREADY_STORED';

const USAGE_CODES: ReadonlySet<StoreErrorCode> = new Set([
  'DATA_FOLDER_IN_USE',
  'DATA_FOLDER_NEWER',
  'DATA_FOLDER_UNREADABLE',
  'DATABASE_UNREACHABLE',
  'DATABASE_REFUSED',
  'DATABASE_MISSING',
  'DATABASE_NEWER',
  'IMAGES_ELSEWHERE',
]);

/** The store could not be opened, read or written. */
export class StoreError extends ArtError {
  override readonly name = 'StoreError';
  override readonly code: StoreErrorCode;
  override readonly exitCode: ErrorExitCode;

  constructor(options: {
    readonly code: StoreErrorCode;
    readonly message: string;
    readonly hint?: string;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
  }) {
    super(options);
    this.code = options.code;
    this.exitCode = USAGE_CODES.has(options.code) ? 2 : 1;
  }
}
