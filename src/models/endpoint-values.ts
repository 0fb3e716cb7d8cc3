import { didYouMean } from '../config/nearest.ts';
import type { TargetConfig } from '../config/schema.ts';
import { ModelConfigurationError } from './model-configuration-error.ts';
import { knownProviders } from './provider-list.ts';

/** The keys of a configuration that the making of a model reads. */
export type Endpoint = Pick<
  TargetConfig,
  'provider' | 'model' | 'baseURL' | 'apiKeyEnv' | 'username' | 'passwordEnv'
>;

/** A provider that nobody knows. */
export function unknownProvider(provider: string, role: string): ModelConfigurationError {
  return new ModelConfigurationError({
    code: 'UNKNOWN_PROVIDER',
    message: `${role}: there is no provider "${provider}"; ${didYouMean(provider, knownProviders)}`,
    hint: `There are: ${knownProviders.join(', ')}.`,
    data: { provider, known: knownProviders },
  });
}

/** A provider that has no model of the kind that is wanted. */
export function wrongKind(provider: string, role: string, has: string): ModelConfigurationError {
  return new ModelConfigurationError({
    code: 'WRONG_KIND_OF_MODEL',
    message: `${role}: the provider ${provider} has ${has}.`,
    hint: `Choose another provider for the ${role}.`,
    data: { provider, role },
  });
}

/** @throws {@link ModelConfigurationError} `MISSING_MODEL` */
export function modelOf({ provider, model }: Endpoint, role: string): string {
  if (model !== undefined) return model;
  throw new ModelConfigurationError({
    code: 'MISSING_MODEL',
    message: `${role}: the provider ${provider} needs the name of a model.`,
    hint: `Set ${role}.model.`,
    data: { provider, role },
  });
}

/**
 * @param usual where the server listens if nothing else is said
 * @throws {@link ModelConfigurationError} `MISSING_BASE_URL`, `LITERAL_SECRET`
 */
export function baseUrlOf({ provider, baseURL }: Endpoint, role: string, usual?: string): string {
  const url = baseURL ?? usual;
  if (url === undefined) {
    throw new ModelConfigurationError({
      code: 'MISSING_BASE_URL',
      message: `${role}: the provider ${provider} needs a baseURL.`,
      hint: `Set ${role}.baseURL, e.g. http://127.0.0.1:8000/v1.`,
      data: { provider, role },
    });
  }
  const { username, password } = new URL(url);
  if (username === '' && password === '') return url;
  throw new ModelConfigurationError({
    code: 'LITERAL_SECRET',
    message: `${role}: the baseURL holds a user name or password.`,
    hint: `Set ${role}.username, and name the environment variable with the password in ${role}.passwordEnv.`,
    data: { provider, role },
  });
}
