/** What comes from outside is not taken from so many levels on: whoever walks through it would run out of stack. */
export const DEEPEST = 100;

/**
 * Whether lists and plain objects lie within each other deeper than is walked through; a value that holds itself does.
 *
 * @param most how many levels are taken
 */
export function isTooDeep(value: unknown, most = DEEPEST): boolean {
  // Without recursion, for that is what it is to spare others. What is shared is walked through once a level.
  const deepest = new Map<object, number>();
  const open: { readonly value: object; readonly depth: number }[] = [];
  const put = (inner: unknown, depth: number) => {
    if (typeof inner !== 'object' || inner === null || (deepest.get(inner) ?? 0) >= depth) return;
    if (!Array.isArray(inner) && !isPlain(inner)) return;
    deepest.set(inner, depth);
    open.push({ value: inner, depth });
  };
  put(value, 1);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > most) return true;
    for (const inner of Object.values(next.value)) put(inner, next.depth + 1);
  }
  return false;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
