/** Shorter secrets are too likely to be found in what has nothing to do with them. */
const SHORTEST = 8;

/**
 * A secret as servers, proxies and pages write it when they show a request: percent-encoded, in base64 (of it alone or with
 * something before and behind it, as in `Basic`), in hexadecimal digits, as entities of HTML, with escapes of JSON.
 *
 * @returns none for a secret of less than eight characters
 */
export function encodedForms(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return [];
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const pairs = hex.match(/../g) ?? [];
  const letters = [...secret];
  const base64 = [0, 1, 2].map((before) => base64Core(bytes, before));
  const forms = [
    encodeURIComponent(secret),
    ...bothCases(pairs.map((pair) => `%${pair}`).join('')),
    ...base64,
    ...base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
    ...bothCases(hex),
    letters.map((letter) => `&#${letter.codePointAt(0)};`).join(''),
    ...bothCases(letters.map((letter) => `&#x${letter.codePointAt(0)?.toString(16)};`).join('')),
    secret.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`),
    JSON.stringify(secret).slice(1, -1),
    letters.map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ];
  return [...new Set(forms)].filter((form) => form !== secret);
}

/** What stays the same of the base64 of some bytes, whatever stands behind them and so many bytes before them. */
function base64Core(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const isOpen = (before + bytes.length) % 3 !== 0;
  return text.slice(Math.ceil((before * 8) / 6), isOpen ? -1 : undefined);
}

function bothCases(text: string): readonly string[] {
  return [text.toLowerCase(), text.toUpperCase()];
}
