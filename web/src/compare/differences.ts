import type { Table } from '../../../src/report/tables.ts';

/** The columns in which the rows differ, beside the first; ids, which always do, only where nothing else does. */
export function differences({ columns, rows, textColumns = 1, ...table }: Table): Table {
  const differ = columns.map((_, index) => new Set(rows.map((row) => row[index])).size > 1);
  const kept = columns.flatMap((column, index) =>
    index === 0 || (differ[index] && column !== 'id') ? [index] : [],
  );
  const shown =
    kept.length > 1 ? kept : columns.map((_, index) => index).filter((index) => index === 0 || differ[index]);
  return {
    ...table,
    columns: shown.map((index) => columns[index] ?? ''),
    rows: rows.map((row) => shown.map((index) => row[index] ?? '')),
    textColumns: shown.filter((index) => index < textColumns).length,
  };
}
