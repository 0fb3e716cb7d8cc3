/** What a cell may hold; `null` and `undefined` are left empty. */
export type CsvCell = string | number | boolean | null | undefined;

/** What a spreadsheet may take for the beginning of a formula; some also in full width. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * Rows as CSV (RFC 4180): numbers with a point, empty where there is none, each line ended by CR LF. Text that
 * a spreadsheet would take for a formula gets a leading apostrophe.
 *
 * @param rows the header first
 */
export function csvText(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
