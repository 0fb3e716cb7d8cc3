import type { Dice } from './dice.ts';

/** How rows are written down. */
export type TableFormat = 'csv' | 'tsv' | 'json' | 'jsonl' | 'txt';

/** Rows as a file has them; a row that is no object is written as it is. */
export function tableText(rows: readonly unknown[], format: TableFormat, dice: Dice): string {
  switch (format) {
    case 'json':
      return JSON.stringify(dice.chance(0.1) ? rows[0] : rows, null, dice.pick([0, 2])) ?? '';
    case 'jsonl':
      return rows.map((row) => JSON.stringify(row) ?? '').join(dice.pick(['\n', '\r\n', '\n\n']));
    case 'txt':
      return rows
        .map((row) =>
          Object.values(objectOf(row))
            .map((value) => JSON.stringify(value))
            .join(' '),
        )
        .join('\n');
    default:
      return separated(rows, format === 'csv' ? ',' : '\t', dice);
  }
}

function separated(rows: readonly unknown[], delimiter: string, dice: Dice): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(objectOf(row))))];
  const cell = (value: unknown) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return dice.chance(0.1) ? text : `"${text.replaceAll('"', dice.chance(0.05) ? '"' : '""')}"`;
  };
  const lines = rows.map((row) => {
    const values = objectOf(row);
    const cells = columns.map((column) => cell(values[column]));
    return (dice.chance(0.05) ? cells.slice(1) : cells).join(delimiter);
  });
  return [columns.map(cell).join(delimiter), ...lines].join(dice.pick(['\n', '\r\n']));
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : { prompt: value };
}

/** A text in one of the encodings that spreadsheets write. */
export function encoded(text: string, dice: Dice): Buffer {
  switch (dice.int(8)) {
    case 0:
      return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    case 1:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);
    case 2:
      return Buffer.from(text, 'latin1');
    case 3:
      return Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
    default:
      return Buffer.from(text);
  }
}
