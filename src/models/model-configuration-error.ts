import { ArtError, type ErrorExitCode } from '../errors.ts';

/** A model is configured so that it cannot even be asked: unknown provider, missing package, key or file. */
export class ModelConfigurationError extends ArtError {
  override readonly name = 'ModelConfigurationError';
  override readonly exitCode: ErrorExitCode = 2;
}
