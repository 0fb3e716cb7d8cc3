/** The rows of a raw query's result, whichever driver gave it. */
export function rowsOf(result: unknown): Record<string, unknown>[] {
  if (typeof result !== 'object' || result === null || !('rows' in result) || !Array.isArray(result.rows))
    return [];
  const rows: unknown[] = result.rows;
  return rows.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null);
}
