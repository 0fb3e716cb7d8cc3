import type { TargetConfig } from '../config/schema.ts';
import { ModelConfigurationError } from './model-configuration-error.ts';
import type { ProviderEntry } from './provider-list.ts';
import { rememberSecret } from './redact.ts';

/** What proves who asks. */
export interface Credentials {
  readonly apiKey: string | undefined;
  /** `authorization` for servers that we talk to ourselves; empty where there is nothing to prove. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Takes a key or password from the environment; from then on no message of this process shows it.
 *
 * @param config names the variables
 * @param role for messages
 * @param env the environment
 * @param entry a provider of the AI SDK, for its usual variables; a server of one's own needs no key
 * @throws {@link ModelConfigurationError} `MISSING_ENVIRONMENT_VARIABLE` naming variable and role
 */
export function credentialsOf(
  config: Pick<TargetConfig, 'provider' | 'apiKeyEnv' | 'username' | 'passwordEnv'>,
  role: string,
  env: Readonly<Record<string, string | undefined>>,
  entry?: ProviderEntry,
): Credentials {
  const apiKey = keyOf(config.apiKeyEnv, role, env, entry);
  if (apiKey !== undefined) {
    rememberSecret(apiKey);
    return { apiKey, headers: { authorization: `Bearer ${apiKey}` } };
  }
  const { username, passwordEnv } = config;
  if (username === undefined && passwordEnv === undefined) return { apiKey, headers: {} };

  const password = passwordEnv === undefined ? '' : valueOfVariable(passwordEnv, role, env, 'passwordEnv');
  rememberSecret(password);
  const basic = Buffer.from(`${username ?? ''}:${password}`).toString('base64');
  rememberSecret(basic);
  return { apiKey, headers: { authorization: `Basic ${basic}` } };
}

function keyOf(
  apiKeyEnv: string | undefined,
  role: string,
  env: Readonly<Record<string, string | undefined>>,
  entry: ProviderEntry | undefined,
): string | undefined {
  if (apiKeyEnv !== undefined) return valueOfVariable(apiKeyEnv, role, env, 'apiKeyEnv');
  if (entry === undefined) return undefined;
  for (const name of entry.keys) if (env[name]) return env[name];
  if (entry.keyOptional === true) return undefined;
  throw missing(
    entry.keys.join(' or '),
    `${role}: the provider ${entry.name} needs a key in the environment variable ${entry.keys.join(' or ')}.`,
    `Set it, or name another variable in ${role}.apiKeyEnv.`,
    role,
  );
}

function valueOfVariable(
  name: string,
  role: string,
  env: Readonly<Record<string, string | undefined>>,
  option: string,
): string {
  const value = env[name];
  if (value) return value;
  throw missing(
    name,
    `${role}: the environment variable ${name}, named by ${option}, is ${value === undefined ? 'not set' : 'empty'}.`,
    `Set it before you start art, e.g. export ${name}=…`,
    role,
  );
}

function missing(variable: string, message: string, hint: string, role: string): ModelConfigurationError {
  return new ModelConfigurationError({
    code: 'MISSING_ENVIRONMENT_VARIABLE',
    message,
    hint,
    data: { variable, role },
  });
}
