import { ArtError } from '../errors.ts';

export type ArchiveErrorCode =
  /** It cannot be opened, or is no archive of a campaign. */
  | 'ARCHIVE_UNREADABLE'
  /** It was one: something is missing, cut off, or not what its checksum says. */
  | 'ARCHIVE_DAMAGED'
  /** It holds what no archive of ART holds: names that lead elsewhere, links, too much of something. */
  | 'ARCHIVE_UNSAFE'
  /** What it says of the campaign cannot be. */
  | 'ARCHIVE_MALFORMED'
  | 'ARCHIVE_NEWER'
  /** A campaign with the same id, and with other content, is there already. */
  | 'CAMPAIGN_DIFFERS';

/** An archive of a campaign that cannot be taken in; nothing of it was. */
export class ArchiveError extends ArtError {
  override readonly name = 'ArchiveError';
  override readonly code: ArchiveErrorCode;
  override readonly exitCode = 2;

  constructor(options: {
    readonly code: ArchiveErrorCode;
    readonly message: string;
    readonly hint: string;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
  }) {
    super(options);
    this.code = options.code;
  }
}

/** An {@link ArchiveError} of something that was whole once. */
export function damaged(message: string, cause?: unknown): ArchiveError {
  return new ArchiveError({
    code: 'ARCHIVE_DAMAGED',
    message: `The archive is damaged: ${message}`,
    hint: 'Nothing was imported. Copy it anew, or export it again.',
    cause,
  });
}

/** An {@link ArchiveError} of something that ART does not write. */
export function unsafe(message: string, data: Readonly<Record<string, unknown>> = {}): ArchiveError {
  return new ArchiveError({
    code: 'ARCHIVE_UNSAFE',
    message: `The archive was refused: ${message}`,
    hint: 'Nothing was imported. Only archives as art export writes them are taken, not repacked ones.',
    data,
  });
}

/** An {@link ArchiveError} of content that cannot be. */
export function malformed(message: string): ArchiveError {
  return new ArchiveError({
    code: 'ARCHIVE_MALFORMED',
    message: `The archive was refused: ${message}`,
    hint: 'Nothing was imported. Export the campaign again with: art export',
  });
}
