import { stripVTControlCharacters } from 'node:util';
import { encodedForms } from './encoded-secrets.ts';

const REDACTED = '[redacted]';

/** Shorter values are too likely to be ordinary words. */
const SHORTEST_SECRET = 4;

/** A dummy key (`none`, `test`, `ollama`) must not tear holes into what a model wrote. */
const SHORTEST_SECRET_IN_MODEL_TEXT = 12;

/** Longer texts are cut before any pattern runs over them. */
const LONGEST_INPUT = 20_000;

/**
 * The secrets that this process uses. One set for the whole process, on purpose: a key must not leak
 * through a message that was written where nobody knew of the key.
 */
const secrets = new Set<string>();
/** What they look like when a server shows the request: nobody writes that by chance. */
const encoded = new Set<string>();

/** Shapes of keys, with what stays of them. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Credentials in a URL: user:password@
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]+@/gi, `$1${REDACTED}@`],
  // Keys in a query string.
  [
    /([?&](?:key|api[_-]?key|token|access[_-]?token|sig(?:nature)?|X-Amz-[a-z]+)=)[^&\s"'<>]+/gi,
    `$1${REDACTED}`,
  ],
  // Headers, as text or as JSON.
  [
    /((?:proxy-)?authorization|x-api-key|api-key|x-key|x-goog-api-key|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)(?:(bearer|basic|key|token)\s+)?[^\s"',;]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=*-]{6,}/gi, `$1 ${REDACTED}`],
  // Keys by the prefixes of the services: OpenAI, Hugging Face, Google, Replicate, Groq, xAI, …
  [/\b(?:sk|pk|rk|csk|xai|pplx|tgp_v1|luma)[-_][\w*.-]{6,}/g, REDACTED],
  [/\b(?:hf|gsk|r8|fw|bfl|nvapi|ghp|vck)[-_][\w*-]{8,}/g, REDACTED],
  [/\bAIza[\w*-]{8,}/g, REDACTED],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, REDACTED],
];

/**
 * Keeps a value out of every message that this process writes from now on.
 *
 * @param value a key or password, taken from the environment
 */
export function rememberSecret(value: string): void {
  if (value.length < SHORTEST_SECRET) return;
  secrets.add(value);
  for (const form of encodedForms(value)) encoded.add(form);
}

/**
 * Takes everything that is, or looks like, a key out of a text: the secrets in use, `Authorization`
 * headers, keys by their usual prefixes, credentials in URLs.
 */
export function redact(text: string): string {
  let clean = withoutEncoded(text);
  for (const secret of longestFirst(secrets)) clean = clean.replaceAll(secret, REDACTED);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}

/**
 * Takes the secrets in use out of what a model wrote and leaves everything else as it is: a word that
 * merely looks like a key may be part of a prompt, and so may a short key or a part of a longer word.
 */
export function withoutSecrets(text: string): string {
  let clean = withoutEncoded(text);
  for (const secret of longestFirst(secrets)) {
    if (secret.length < SHORTEST_SECRET_IN_MODEL_TEXT || !clean.includes(secret)) continue;
    const literal = secret.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    const token = new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, 'gu');
    clean = clean.replace(token, REDACTED);
  }
  return clean;
}

function withoutEncoded(text: string): string {
  let clean = text;
  for (const form of longestFirst(encoded)) clean = clean.replaceAll(form, REDACTED);
  return clean;
}

/** One secret may be the beginning of another. */
function longestFirst(known: ReadonlySet<string>): readonly string[] {
  return [...known].sort((a, b) => b.length - a.length);
}

/**
 * Makes a text of unknown origin fit for a message: no terminal escapes, no control or
 * direction-changing characters, no keys, one line, bounded length.
 *
 * @param text what a server or a library said
 * @param longest the most characters that are kept
 */
export function cleanText(text: string, longest = 500): string {
  const visible = stripVTControlCharacters(text.slice(0, LONGEST_INPUT))
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return shorten(redact(visible), longest);
}

/** Cuts a text to so many characters, with an ellipsis where something is missing. */
export function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // A cut in the middle of a surrogate pair would leave half a character.
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
