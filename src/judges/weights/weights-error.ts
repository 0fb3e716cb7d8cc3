import { ArtError, type ArtErrorOptions } from '../../errors.ts';

/** What can go wrong with the files of a model or dataset. */
export type WeightsErrorCode =
  | 'MODEL_NOT_FOUND'
  | 'MODEL_ACCESS_DENIED'
  | 'MODEL_FILE_NOT_FOUND'
  | 'DATASET_NOT_FOUND'
  | 'DATASET_ACCESS_DENIED'
  | 'DATASET_FILE_NOT_FOUND'
  | 'HUB_OFFLINE'
  | 'HUB_UNREACHABLE'
  | 'HUB_RATE_LIMITED'
  | 'HUB_BAD_ANSWER'
  | 'WEIGHTS_DAMAGED' // truncated, or not the bytes that were promised
  | 'WEIGHTS_UNSAFE' // a pickle that wants to run something
  | 'WEIGHTS_UNREADABLE' // not the format that it should be
  | 'WRONG_ARCHITECTURE'
  | 'UNKNOWN_LABEL';

/** What a {@link WeightsError} carries beside its message. */
export interface WeightsErrorOptions extends Omit<ArtErrorOptions, 'code'> {
  readonly code: WeightsErrorCode;
}

/** The files of a model are missing, damaged, or not what the judge needs. */
export class WeightsError extends ArtError {
  override readonly name = 'WeightsError';
  override readonly code: WeightsErrorCode;

  constructor(options: WeightsErrorOptions) {
    super(options);
    this.code = options.code;
  }
}
