import {
  APICallError,
  EmptyResponseBodyError,
  InvalidArgumentError,
  InvalidResponseDataError,
  JSONParseError,
  LoadAPIKeyError,
  LoadSettingError,
  NoSuchModelError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { DownloadError, NoImageGeneratedError } from 'ai';
import { z } from 'zod';
import { ArtError, messageOf } from '../errors.ts';
import { ModelError, type ModelErrorCode } from './model-error.ts';
import { cleanText } from './redact.ts';
import { retryAfterMs } from './retry-after.ts';
import { serverMessage, snippet } from './server-message.ts';

/** Where a failure happened, for its message. */
export interface FailureContext {
  /** `writer`, `guide`, `target`, or a judge's name. */
  readonly role: string;
  readonly provider: string;
  /** The server's address, where it is known from the configuration. */
  readonly url?: string | undefined;
  /** The environment variable that holds the key, for the hint. */
  readonly apiKeyEnv?: string | undefined;
  /** The clock, for `Retry-After` dates. */
  readonly now?: () => number;
}

const NETWORK_CODES = new Map<unknown, string>([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['UND_ERR_SOCKET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_CLOSED', 'the connection was closed'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the connection could not be made in time'],
  ['ETIMEDOUT', 'the connection could not be made in time'],
  ['ENOTFOUND', 'there is no host of this name'],
  ['EAI_AGAIN', 'the name of the host could not be looked up'],
  ['EHOSTUNREACH', 'there is no way to the host'],
  ['ENETUNREACH', 'there is no way to the network'],
]);
const TIMEOUT_NAMES = new Set(['AbortError', 'TimeoutError', 'ResponseAborted']);
const TIMEOUT_CODES = new Set<unknown>(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const CERTIFICATE = /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/**
 * Says what went wrong with a call to a model: classified, in words, without keys, escapes or endless
 * bodies.
 *
 * @param error anything that the AI SDK, an adapter or `fetch` threw; a {@link ModelError} in it (or in
 *   its causes) comes back as it is
 * @param context where it happened
 */
export function toModelError(error: unknown, context: FailureContext): ModelError {
  const chain = causesOf(error);
  for (const link of chain) if (link instanceof ModelError) return link;

  const call = chain.find((link) => APICallError.isInstance(link));
  const where = describe(context, call?.url);
  const fail = (code: ModelErrorCode, says: string, retryable: boolean, more: Details = {}) =>
    new ModelError({
      code,
      message: cleanText(`${where} ${says}`),
      retryable,
      data: { role: context.role, provider: context.provider, ...(where.url ? { url: where.url } : {}) },
      // Not the error itself as a cause: its request, headers and body would travel into logs.
      cause: new Error(cleanText(messageOf(error))),
      ...more,
    });

  // A status says more than whatever broke while its body was read.
  if (call?.statusCode !== undefined && call.statusCode >= 400)
    return byStatus(call, call.statusCode, context, fail);

  for (const link of chain) {
    const code = codeOf(link);
    if (isTimeout(link) || TIMEOUT_CODES.has(code)) {
      return fail('TIMEOUT', 'did not answer in time.', true, {
        hint: TIMEOUT_CODES.has(code)
          ? "Node's fetch waits five minutes for an answer: ask for fewer steps or a smaller size."
          : 'Raise timeoutSeconds, or lower concurrency if the server is overloaded.',
      });
    }
    const trouble = NETWORK_CODES.get(code);
    if (trouble !== undefined) {
      return fail('UNREACHABLE', `cannot be reached: ${trouble} (${String(code)}).`, true, {
        hint: 'Is the server running, and is baseURL right?',
      });
    }
    if (typeof code === 'string' && CERTIFICATE.test(code)) {
      return fail('UNREACHABLE', `cannot be reached safely (${code}): ${messageOf(link)}`, false, {
        hint: 'Check http or https in baseURL; NODE_EXTRA_CA_CERTS names a certificate authority of your own.',
      });
    }
    if (typeof code === 'string' && code.startsWith('HPE_')) {
      return fail('BAD_ANSWER', `does not speak HTTP there (${code}).`, true, {
        hint: 'Check port and http or https.',
      });
    }
  }
  if (call !== undefined && call.statusCode === undefined) {
    return fail('UNREACHABLE', `cannot be reached: ${call.message}`, true, {
      hint: 'Is the server running?',
    });
  }
  return byKind(chain, call, fail);
}

interface Details {
  readonly hint?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
}
type Fail = (code: ModelErrorCode, says: string, retryable: boolean, more?: Details) => ModelError;

function byStatus(call: APICallError, status: number, context: FailureContext, fail: Fail): ModelError {
  const said = serverMessage(call.responseBody ?? '') || call.message;
  const wait = retryAfterMs(call.responseHeaders ?? {}, context.now ?? Date.now);
  const more = { status, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  const answered = `answered ${status}: ${said}`;
  const key =
    context.apiKeyEnv === undefined
      ? 'apiKeyEnv (or username and passwordEnv)'
      : `the key in ${context.apiKeyEnv}`;

  if (status === 401 || status === 403) {
    return fail('UNAUTHORISED', answered, false, { ...more, hint: `Check ${key}.` });
  }
  if (status === 404) {
    const hint =
      context.provider === 'automatic1111'
        ? 'Check baseURL, and that the web UI was started with --api.'
        : 'Check baseURL (openai-compatible: with /v1) and the name of the model.';
    return fail('NOT_FOUND', answered, false, { ...more, hint });
  }
  if (status === 408) return fail('TIMEOUT', answered, true, more);
  if (status === 429) {
    const broke = /insufficient_quota|billing_hard_limit|exceeded your current quota/i.test(
      call.responseBody ?? '',
    );
    const hint = broke ? 'The account has no credit left.' : 'Lower concurrency or set requestsPerMinute.';
    return fail('RATE_LIMITED', answered, !broke, { ...more, hint });
  }
  if (status >= 500) return fail('SERVER_ERROR', answered, status !== 501 && status !== 505, more);
  if (status === 425) return fail('SERVER_ERROR', answered, true, more);
  return fail('REJECTED', answered, false, more);
}

function byKind(chain: readonly unknown[], call: APICallError | undefined, fail: Fail): ModelError {
  const check = { hint: 'Check that provider and baseURL match the server.' };
  for (const link of chain) {
    // A mistake in the configuration that only shows when something is drawn.
    if (link instanceof ArtError) {
      return fail(
        'REJECTED',
        `cannot be asked: ${link.message}`,
        false,
        link.hint === undefined ? {} : { hint: link.hint },
      );
    }
    if (link instanceof z.ZodError) {
      return fail('REJECTED', `does not take these providerOptions: ${z.prettifyError(link)}`, false);
    }
    if (LoadAPIKeyError.isInstance(link) || LoadSettingError.isInstance(link)) {
      return fail('UNAUTHORISED', `is not configured: ${link.message}`, false);
    }
    if (NoSuchModelError.isInstance(link)) {
      return fail('NOT_FOUND', `has no such model: ${link.message}`, false);
    }
    if (InvalidArgumentError.isInstance(link) || UnsupportedFunctionalityError.isInstance(link)) {
      return fail('REJECTED', `does not take this request: ${link.message}`, false);
    }
    // The AI SDK's own refusal comes before that of our `fetch`; with a status, the file just is not there.
    if (DownloadError.isInstance(link) && link.statusCode === undefined && link.cause === undefined) {
      return fail('ADDRESS_REFUSED', `names an address that is not fetched: ${link.message}`, false, {
        hint: 'Have pictures sent within the answer (base64).',
      });
    }
    if (NoImageGeneratedError.isInstance(link)) return fail('BAD_ANSWER', 'answered without an image.', true);
    if (EmptyResponseBodyError.isInstance(link))
      return fail('BAD_ANSWER', 'answered with nothing.', true, check);
    if (JSONParseError.isInstance(link)) {
      const text = call?.responseBody ?? link.text;
      return fail('BAD_ANSWER', `answered with ${snippet(text)} instead of JSON.`, true, check);
    }
    if (TypeValidationError.isInstance(link) || InvalidResponseDataError.isInstance(link)) {
      const text = call?.responseBody ?? JSON.stringify('value' in link ? link.value : link.data) ?? '';
      return fail('BAD_ANSWER', `answered with JSON of another shape: ${snippet(text)}`, true, check);
    }
  }
  if (call !== undefined) {
    return fail(
      'BAD_ANSWER',
      `answered with ${snippet(call.responseBody ?? '')}: ${call.message}`,
      true,
      check,
    );
  }
  const error = chain[0];
  if (error instanceof TypeError && error.message === 'terminated') {
    return fail('UNREACHABLE', 'closed the connection before the answer was complete.', true);
  }
  if (/\btimed out\b/i.test(messageOf(error))) return fail('TIMEOUT', `gave up: ${messageOf(error)}`, true);
  // Plain errors are what providers throw for a job that failed; other kinds are mistakes in some code.
  const plain = error instanceof Error && (error.name === 'Error' || error.name.startsWith('AI_'));
  return fail(plain ? 'SERVER_ERROR' : 'BAD_ANSWER', `failed: ${messageOf(error)}`, plain);
}

interface Place {
  readonly url: string | undefined;
  toString(): string;
}

/** The beginning of the sentence: who, and where. */
function describe({ role, provider, url }: FailureContext, calledUrl: string | undefined): Place {
  const address = url ?? calledUrl;
  const at = address === undefined ? '' : cleanText(withoutQuery(address), 200);
  const name = `The ${role.replace(/^judge:/, 'judge ')} (${provider}${at === '' ? '' : ` at ${at}`})`;
  return { url: at === '' ? undefined : at, toString: () => name };
}

function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '');
}

/** By name, or marked by cockatiel, whose error has no name of its own. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (TIMEOUT_NAMES.has(error.name) || 'isTaskCancelledError' in error);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** The error with everything that caused it, outermost first. */
function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const open = [error];
  while (open.length > 0 && chain.length < 20) {
    const link = open.shift();
    if (link === undefined || link === null || chain.includes(link)) continue;
    chain.push(link);
    if (typeof link !== 'object') continue;
    if ('cause' in link) open.push(link.cause);
    if ('lastError' in link) open.push(link.lastError);
    if (link instanceof AggregateError) open.push(...link.errors);
  }
  return chain;
}
