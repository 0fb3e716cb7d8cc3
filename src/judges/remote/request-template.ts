/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * The names of the places in a template, e.g. `text` of `{ "input": "{{text}}" }`.
 *
 * @param template any JSON value; only its strings have places, not its keys
 */
export function placesIn(template: Json): string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACE)].map(([, name = '']) => name);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(placesIn);
}

/**
 * Fills in the places of a template. It is the value that is filled in, not its text: whatever a prompt
 * holds (quotes, braces, places of its own), it stays inside its string.
 *
 * @param template any JSON value
 * @param values by name of the place; a place without a value stays as it is
 */
export function fillJson(template: Json, values: Readonly<Record<string, string>>): Json {
  if (typeof template === 'string') {
    return template.replace(PLACE, (place, name: string) =>
      Object.hasOwn(values, name) ? (values[name] ?? '') : place,
    );
  }
  if (typeof template !== 'object' || template === null) return template;
  if (isList(template)) return template.map((item) => fillJson(item, values));
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, fillJson(item, values)]));
}

/** `Array.isArray` does not know readonly arrays. */
function isList(value: readonly Json[] | { readonly [key: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}
