const MARKUP = /[<>&\u2028\u2029]/g;

/**
 * JSON that can stand in a page's `<script type="application/json">`: whatever texts it holds, there is no
 * `<`, `>` or `&` in it, so nothing can end the element or begin another.
 *
 * @param value anything that JSON can hold
 */
export function embedJson(value: unknown): string {
  return JSON.stringify(value).replace(
    MARKUP,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
