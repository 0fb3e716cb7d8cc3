import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ArtError } from '../errors.ts';

/** Why a request is not answered; sent as JSON without `status`. */
export interface Refusal {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  /** For people; names no path of this machine. */
  readonly message: string;
  readonly hint?: string;
}

/** There is nothing at that address: said of whatever is not served, so that it tells nothing of the disk. */
export const NOTHING_THERE: Refusal = {
  status: 404,
  code: 'NOT_FOUND',
  message: 'There is nothing at this address.',
};

/** More was sent than a label takes. */
export const TOO_LARGE: Refusal = {
  status: 413,
  code: 'TOO_LARGE',
  message: 'What was sent is too large for a label.',
};

/** Browsers say how much they send; a body that is not announced is not measured. */
export const LENGTH_REQUIRED: Refusal = {
  status: 411,
  code: 'LENGTH_REQUIRED',
  message: 'What is sent has to say how long it is.',
};

const BUSY: Refusal = {
  status: 503,
  code: 'DATA_FOLDER_IN_USE',
  message: 'Another command is working in the data folder.',
  hint: 'It answers again as soon as that command has ended.',
};

const PICTURE_GONE: Refusal = {
  status: 404,
  code: 'IMAGE_MISSING',
  message: 'The file of this picture is missing or damaged.',
  hint: 'Was it moved or deleted? It belongs into the folder images of the data folder.',
};

/** What the errors that can reach the server mean to whoever asked. */
const STATUS_OF: Readonly<Record<string, ContentfulStatusCode>> = {
  UNKNOWN_CAMPAIGN: 404,
  UNKNOWN_CONVERSATION: 404,
  UNKNOWN_SUBJECT: 404,
  INVALID_LABEL: 400,
  INVALID_FILTER: 400,
};

/**
 * What is told of an error. Messages of the store name paths of this machine, so of errors that are not known
 * here only the code is passed on.
 */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ArtError)) return broken('INTERNAL');
  if (error.code === BUSY.code) return BUSY;
  if (error.code === 'IMAGE_MISSING' || error.code === 'IMAGE_DAMAGED') return PICTURE_GONE;
  const status = Object.hasOwn(STATUS_OF, error.code) ? STATUS_OF[error.code] : undefined;
  if (status === undefined) return broken(error.code);
  return {
    status,
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

function broken(code: string): Refusal {
  return {
    status: 500,
    code,
    message: 'The data could not be read.',
    hint: 'The terminal in which art runs says more.',
  };
}
