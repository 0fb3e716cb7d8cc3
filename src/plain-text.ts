/**
 * Any value as a text, as `String` has it; what cannot be made one, such as an object of a file whose `toString` is data or
 * that lies too deeply within itself, is `[object]`.
 */
export function plainText(value: unknown): string {
  try {
    return String(value);
  } catch {
    // There is nothing more to be said of it, and whoever shows it has no use for why.
    return '[object]';
  }
}
