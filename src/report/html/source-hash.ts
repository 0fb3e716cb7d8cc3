import { createHash } from 'node:crypto';

/**
 * What names an inline script or style in a Content-Security-Policy.
 *
 * @param text all that stands between the element's tags
 * @returns `'sha256-…'`, with its quotes
 * @see https://www.w3.org/TR/CSP3/#framework-directive-source-list
 */
export function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
