import { TypeValidationError } from '@ai-sdk/provider';
import type { z } from 'zod';
import { boundedFetch, LARGEST_CHAT_ANSWER } from '../../models/bounded-fetch.ts';
import { toModelError } from '../../models/failures.ts';
import { requestJson } from '../../models/http-json.ts';
import { ModelConfigurationError } from '../../models/model-configuration-error.ts';
import { ModelError } from '../../models/model-error.ts';
import { rememberSecret } from '../../models/redact.ts';
import type { EncodedImage } from '../../models/types.ts';
import type { JudgeCall } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';

/** A service that a judge asks over HTTP, and how. */
export interface Service {
  /** For messages, e.g. `openai-moderation`. */
  readonly provider: string;
  readonly url: string;
  /** Keys included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The environment variable that holds the key, for hints. */
  readonly apiKeyEnv?: string | undefined;
}

/**
 * Sends a request to a service by POST and checks its answer.
 *
 * @param body sent as JSON; an image as it is
 * @param schema what the answer has to look like
 * @returns the answer
 * @throws {@link ModelError}, retryable or not; a `429` carries `Retry-After`, and a `403` over quota is
 *   `RATE_LIMITED`
 */
export async function callService<Schema extends z.ZodType>(
  service: Service,
  body: unknown,
  schema: Schema,
  { judgeName, fetch }: JudgeServices,
  { signal }: JudgeCall,
  image?: EncodedImage,
): Promise<z.output<Schema>> {
  const { provider, url, headers, apiKeyEnv } = service;
  const send: typeof globalThis.fetch = (input, init) =>
    fetch(input, {
      ...init,
      ...(image === undefined ? {} : { body: Buffer.from(image.bytes) }),
      // A redirect would carry the key, in a header of its own, to wherever it points.
      redirect: 'manual',
    });
  try {
    const { value } = await requestJson({
      url,
      fetch: boundedFetch(send, LARGEST_CHAT_ANSWER),
      headers: { ...(image === undefined ? {} : { 'content-type': image.mediaType }), ...headers },
      body,
      signal,
    });
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new TypeValidationError({ value, cause: parsed.error });
  } catch (error) {
    // The engine's own: whoever stops a request wants to hear of that, not of a failure.
    if (signal.aborted) throw signal.reason;
    throw overQuota(toModelError(error, { role: `judge:${judgeName}`, provider, url, apiKeyEnv }), error);
  }
}

/** Azure and Google say 403 both for a wrong key and for a quota that is used up. */
function overQuota(error: ModelError, thrown: unknown): ModelError {
  if (error.status !== 403 || thrown === error) return error;
  if (!/quota|rate ?limit|RESOURCE_EXHAUSTED|billing/i.test(error.message)) return error;
  return new ModelError({
    code: 'RATE_LIMITED',
    message: error.message,
    hint: 'The quota of the account is used up: wait until it is renewed, raise it, or set requestsPerMinute.',
    // A quota of a minute comes back by itself; one of a month, or a missing payment, does not.
    retryable: /per.?minute|rate ?limit/i.test(error.message),
    status: 403,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    data: error.data,
  });
}

/**
 * A key from the environment; from then on no message of this process shows it.
 *
 * @param variable the environment variable
 * @param option which option names it, for messages
 * @throws {@link ModelConfigurationError} `MISSING_ENVIRONMENT_VARIABLE`, `WRONG_SECRET`
 */
export function secretFrom(
  variable: string,
  option: string,
  { env, judgeName }: Pick<JudgeServices, 'env' | 'judgeName'>,
): string {
  // A line end that an .env file left behind is no part of a key.
  const value = env[variable]?.trim();
  if (value === undefined || value === '') {
    throw new ModelConfigurationError({
      code: 'MISSING_ENVIRONMENT_VARIABLE',
      message: `The judge ${judgeName}: the environment variable ${variable} (${option}) is ${value === undefined ? 'not set' : 'empty'}.`,
      hint: `Set it before you start art, e.g. export ${variable}=…, or name another variable in ${option}.`,
      data: { variable, judge: judgeName },
    });
  }
  rememberSecret(value);
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    // Node would say so as well, with the value in its message.
    throw new ModelConfigurationError({
      code: 'WRONG_SECRET',
      message: `The judge ${judgeName}: the environment variable ${variable} (${option}) holds characters that no HTTP header can carry.`,
      hint: `Check ${variable}: a key is one line of ordinary characters.`,
      data: { variable, judge: judgeName },
    });
  }
  return value;
}

/**
 * The key of a service. A server of the user's own never gets the key of the public service unless
 * the configuration says so.
 *
 * @param apiKeyEnv from the configuration
 * @param usual the usual variable
 * @param isPublic whether the service's own address is asked
 * @returns `undefined` for a server of the user's own that needs no key
 * @throws {@link ModelConfigurationError} `MISSING_ENVIRONMENT_VARIABLE`
 */
export function serviceKey(
  apiKeyEnv: string | undefined,
  usual: string,
  isPublic: boolean,
  services: Pick<JudgeServices, 'env' | 'judgeName'>,
): string | undefined {
  if (apiKeyEnv === undefined && !isPublic) return undefined;
  return secretFrom(apiKeyEnv ?? usual, 'apiKeyEnv', services);
}

/** An address below another one. */
export function below(baseURL: string, path: string): string {
  const url = new URL(baseURL);
  const [pathname, query] = path.split('?');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${pathname}`;
  if (query !== undefined) url.search = query;
  return url.href;
}
