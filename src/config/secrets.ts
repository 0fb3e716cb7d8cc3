import type { ConfigurationProblem } from './configuration-error.ts';
import { isOwnJudge, isOwnStrategy } from './own-objects.ts';

/** What stands in a text in the place of a secret. */
const REDACTED = '[redacted]';

/** Strings that are keys whatever place they stand at: the prefixes of well-known services. */
const KEY_PATTERNS: readonly RegExp[] = [
  /(?<![A-Za-z0-9])(?:sk|pk|rk)[-_][\w-]{12,}/g, // OpenAI, Anthropic, Stability, Stripe
  /(?<![A-Za-z0-9])(?:hf|r8|gsk|tgp_v1|pplx|xai|nvapi|csk|glpat)[-_](?=[\w-]*\d)[\w-]{16,}/g,
  /(?<![A-Za-z0-9])(?:gh[opsu]|github_pat)_\w{16,}/g,
  /(?<![A-Za-z0-9])hf_\w{8,}/g,
  /(?<![A-Za-z0-9])AIza[\w-]{20,}/g, // Google
  /(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]{12,}/g, // AWS
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{16,}/gi, // fal
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, // JSON Web Token
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g,
  /^\s*Bearer\s+\S+|\bBearer\s+(?=\S*\d)[\w.~+/=-]{8,}/gi,
  /\bBasic\s+(?=\S*[\d=])[\w+/=-]{8,}/g,
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)(?!\[redacted])[^\s/?#@]+(?=@)/gi, // credentials in a URL
  /(?<=[?&](?:api[-_]?key|key|token|access[-_]?token|secret|password)=)(?!\[redacted])[^\s&#]+/gi,
];

/** Keys whose value is a secret, once case and separators are gone. */
const SECRET_KEY =
  /(?:apikey|accesskey|secretkey|privatekey|signingkey|password|passwd|passphrase|secret|authorization|bearer|credentials?)$|^(?:(?:x|access|auth|bearer|api|hf|huggingface|refresh|id|session|secret|personal|client|security|github|replicate)*token|cookie)$/;

/** Keys that may well hold a secret: only a value that looks like one is refused there. */
const DOUBTFUL_KEY = /key|auth|token|secret|pass/i;

/** Environment variables whose values must not be copied into a configuration. */
const SECRET_VARIABLE = /key|token|secret|password|credential/i;

/**
 * Whether a text holds something that looks like a key, a token or credentials in a URL.
 *
 * @param text any text
 */
export function looksLikeSecret(text: string): boolean {
  return KEY_PATTERNS.some((pattern) => text.search(pattern) >= 0);
}

/**
 * Replaces everything in a text that looks like a secret.
 *
 * @param text any text
 */
export function redactSecrets(text: string): string {
  return KEY_PATTERNS.reduce((redacted, pattern) => redacted.replace(pattern, REDACTED), text);
}

/**
 * Finds every literal secret in a configuration. The problems name the place, never the value.
 *
 * @param input the configuration as the user wrote it
 * @param env the environment: a copy of one of its secrets is refused too
 */
export function findLiteralSecrets(
  input: unknown,
  env: Readonly<Record<string, string | undefined>> = {},
): ConfigurationProblem[] {
  const copies = Object.entries(env).flatMap(([name, value]) =>
    SECRET_VARIABLE.test(name) && value !== undefined && value.length >= 16 ? [value] : [],
  );
  const problems: ConfigurationProblem[] = [];
  const seen = new WeakSet<object>();

  const refuse = (path: readonly PropertyKey[], message: string) =>
    problems.push({ code: 'CONFIG_LITERAL_SECRET', path, message });

  const visit = (value: unknown, path: readonly PropertyKey[], key: string): void => {
    if (isSecretKey(key) && isLiteral(value)) refuse(path, adviceFor(key));
    else if (/env$/i.test(key) && typeof value === 'string' && isKeyInsteadOfName(value)) {
      refuse(path, `this is a key, not the name of a variable: write ${key}: MY_KEY and set MY_KEY`);
    } else if (typeof value === 'string') {
      if (copies.some((copy) => value.includes(copy)) || looksLikeSecret(value) || isLongKey(key, value)) {
        refuse(path, adviceForValue(value));
      }
    } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      // Code of the user's own may hold what it likes: it is never stored.
      if (isOwnJudge(value) || isOwnStrategy(value)) return;
      if (Array.isArray(value))
        for (const [index, item] of value.entries()) visit(item, [...path, index], key);
      else {
        for (const [name, item] of Object.entries(value)) {
          if (looksLikeSecret(name))
            refuse(path, 'a key of this object looks like an API key; keys come from the environment');
          else visit(item, [...path, name], /Env$/.test(key) ? key : name);
        }
      }
    }
  };
  visit(input, [], '');
  return problems;
}

/**
 * Whether a key's name says that its value is a secret: `apiKey`, `Authorization`, `access_token` …
 *
 * @param key the name of a key, in any case
 */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

/** A secret of no value at all is `process.env.X` of a variable that is not set. */
function isLiteral(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string' || typeof value === 'number';
}

function isKeyInsteadOfName(value: string): boolean {
  if (looksLikeSecret(value)) return true;
  // Names of variables are words; keys are long and mix digits into everything.
  return value.length >= 20 && /\d/.test(value) && !/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(value);
}

function isLongKey(key: string, value: string): boolean {
  if (!DOUBTFUL_KEY.test(key) || /env$/i.test(key)) return false;
  return /^[\w+/=.-]{20,}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value);
}

function adviceFor(key: string): string {
  const name = /pass/i.test(key) ? 'passwordEnv' : 'apiKeyEnv';
  const variable = name === 'passwordEnv' ? 'MY_PASSWORD' : 'MY_KEY';
  return `keys come from the environment: write ${name}: ${variable} and set ${variable}`;
}

function adviceForValue(value: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
    ? 'this URL holds credentials; keys come from the environment: write username and passwordEnv (or apiKeyEnv) beside it'
    : 'this looks like an API key; keys come from the environment: write apiKeyEnv: MY_KEY and set MY_KEY';
}
