import { APICallError } from '@ai-sdk/provider';
import { NoImageGeneratedError } from 'ai';
import { cleanText } from './redact.ts';

/** Thrown inside a provider's code where it sees that the request was refused for its content. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
}

/** Codes that mean "refused for its content", wherever a service puts them; compared without case. */
const REFUSAL_CODES = new Map<string, string>(
  Object.entries({
    content_policy_violation: 'OpenAI, fal',
    moderation_blocked: 'OpenAI',
    content_filter: 'Azure',
    contentfilter: 'Azure',
    content_filtered: 'Stability',
    responsibleaipolicyviolation: 'Azure',
    content_moderation: 'Stability',
    content_moderated: 'Luma',
    'content moderated': 'Black Forest Labs',
    'request moderated': 'Black Forest Labs, Amazon Bedrock',
    nsfw_content: 'Together',
    nsfw_content_detected: 'Replicate, fal',
    safety: 'Google',
    image_safety: 'Google',
    prohibited_content: 'Google',
    image_prohibited_content: 'Google',
    blocklist: 'Google',
    image_recitation: 'Google',
  }),
);

/** Sentences that mean it. Narrow on purpose: an ordinary 400 that names such a parameter is no refusal. */
const REFUSAL_SENTENCES: readonly RegExp[] = [
  /\b(?:violat|against|breach)\w*\b.{0,80}\b(?:content|usage|safety|acceptable[- ]use|responsible[- ]ai)\b.{0,30}\b(?:polic|guideline|practice|rule)/i,
  /\b(?:rejected|blocked|flagged|refused|filtered(?: out)?|stopped)\b.{0,60}\b(?:safety|moderation|responsible ai|content (?:filter|checker|policy|moderation)s?)\b/i,
  /\b(?:safety system|content (?:filter|checker|policy|moderation)s?)\b.{0,60}\b(?:reject|block|flag|refus|filter)(?:ed|s)\b/i,
  /\bnsfw\b.{0,20}\b(?:content |image |concept )?(?:was |has been |is )?(?:detected|flagged|found|blocked)\b/i,
  /\b(?:request|content|prompt|image|output|input|generation)s? (?:was |were |has been |is )?moderated\b/i,
  /\bflagged as (?:sensitive|unsafe|nsfw|inappropriate|potentially|explicit)/i,
];

/** Statuses with which services refuse; a 401, 404, 429 or 5xx is never a refusal. */
const REFUSAL_STATUSES = new Set([200, 201, 202, 400, 403, 406, 409, 422, 451]);

/** Keys whose values are codes, and keys whose values are sentences, without case, `_` and `-`. */
const CODE_KEYS = new Set([
  'code',
  'type',
  'status',
  'name',
  'reason',
  'finishreason',
  'blockreason',
  'errorcode',
  'failurereason',
  'state',
]);
const SENTENCE_KEYS = new Set([
  'message',
  'msg',
  'detail',
  'details',
  'error',
  'errors',
  'title',
  'reason',
  'description',
  'failurereason',
  'raifilteredreason',
]);
/** Parts that may hold the request itself, and so the prompt. */
const ECHO_KEYS = new Set(['input', 'prompt', 'body', 'ctx', 'loc', 'parameters', 'info']);

/**
 * Whether an error means that the target refused the prompt or the picture for its content.
 *
 * @param error whatever the call threw
 * @returns the reason in the service's words, or `undefined` for any other failure
 */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof RefusalError) return cleanText(error.message);
  if (NoImageGeneratedError.isInstance(error)) {
    for (const { providerMetadata } of error.calls ?? []) {
      const reason = refusalInMetadata(providerMetadata);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
  if (APICallError.isInstance(error)) {
    if (error.statusCode !== undefined && !REFUSAL_STATUSES.has(error.statusCode)) return undefined;
    const inBody = refusalInBody(error.responseBody ?? '');
    if (inBody !== undefined) return inBody;
    // Statuses of 2xx come with errors of parsing, whose message quotes the answer.
    return (error.statusCode ?? 0) < 300 && error.cause !== undefined
      ? undefined
      : refusalInSentence(error.message);
  }
  if (error instanceof Error && error.name === 'Error') return refusalInSentence(error.message);
  return undefined;
}

/**
 * Whether what came beside (or instead of) an image says that it was refused.
 *
 * @param metadata the AI SDK's `providerMetadata`
 */
export function refusalInMetadata(metadata: unknown): string | undefined {
  const found = collect(metadata);
  const filtered = found.find(({ key }) => key === 'raifilteredreason');
  if (filtered !== undefined) return cleanText(filtered.text);
  const code = found.find(isRefusalCode);
  return code === undefined ? undefined : cleanText(code.text);
}

/**
 * Whether the body of an answer says that the request was refused.
 *
 * @param body JSON, or a short plain text; a page of HTML never counts
 */
export function refusalInBody(body: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Not JSON: a proxy's page is no refusal, a sentence may be one.
    return body.length > 2000 || /<\/?[a-z!]/i.test(body) ? undefined : refusalInSentence(body);
  }
  const found = collect(parsed);
  const sentences = found.filter(({ key }) => SENTENCE_KEYS.has(key));
  const sentence = sentences.find(({ text }) => refusalInSentence(text) !== undefined);
  if (sentence !== undefined) return cleanText(sentence.text);
  const code = found.find(isRefusalCode);
  if (code === undefined) return undefined;
  const words = sentences.find(({ text }) => text !== code.text && text.includes(' '));
  return cleanText(words === undefined ? code.text : `${code.text}: ${words.text}`);
}

function refusalInSentence(text: string): string | undefined {
  return REFUSAL_SENTENCES.some((pattern) => pattern.test(text)) ? cleanText(text) : undefined;
}

interface Leaf {
  readonly key: string;
  readonly text: string;
}

function isRefusalCode({ key, text }: Leaf): boolean {
  return CODE_KEYS.has(key) && REFUSAL_CODES.has(text.toLowerCase());
}

/** The texts in a piece of JSON with the keys that they stand under, at most some hundred. */
function collect(value: unknown, key = 'message', depth = 0, found: Leaf[] = []): Leaf[] {
  if (depth > 6 || found.length > 200) return found;
  if (typeof value === 'string') found.push({ key, text: value });
  else if (Array.isArray(value)) for (const item of value) collect(item, key, depth + 1, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
      if (!ECHO_KEYS.has(plain)) collect(item, plain, depth + 1, found);
    }
  }
  return found;
}
