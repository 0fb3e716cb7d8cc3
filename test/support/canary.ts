/** A key that nobody else has, of the kind that no pattern knows. */
export const CANARY = 'canary-7Hq2vXw9Lr4TzK1n';

/** A key as servers and proxies show it when something is wrong; written anew, not with the code that is to find it. */
export function encodingsOf(key: string): readonly string[] {
  const basic = (user: string) => Buffer.from(`${user}:${key}`).toString('base64');
  return [
    encodeURIComponent(key),
    [...key].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
    [...key].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`).join(''),
    Buffer.from(key).toString('base64'),
    Buffer.from(key).toString('base64url'),
    basic(''),
    basic('a'),
    basic('me'),
    Buffer.from(`{"k":"${key}"}`).toString('base64'),
    Buffer.from(key).toString('hex'),
    [...key].map((one) => `&#${one.charCodeAt(0)};`).join(''),
    [...key].map((one) => `&#x${one.charCodeAt(0).toString(16)};`).join(''),
    [...key].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ].filter((form) => form !== key);
}

/**
 * Where a key shows in something: itself, or the greater part of one of its forms (what stands around it changes the ends of
 * base64).
 *
 * @returns how it shows, with what is around it
 */
export function sightingsOf(key: string, text: string): readonly string[] {
  return [key, ...encodingsOf(key).map((form) => form.slice(4, -4))].flatMap((form) => {
    const at = text.indexOf(form);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 120), at + form.length + 60)];
  });
}
