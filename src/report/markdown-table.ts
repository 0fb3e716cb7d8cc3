import type { Table } from './tables.ts';

/** A table as Markdown (GitHub's); a column that belongs to a group is named with it. */
export function markdownTable({ columns, rows, textColumns = 1, groups = [] }: Table): string {
  const titles = groups.flatMap((group) => new Array<string>(group.columns).fill(group.title));
  const header = columns.map((column, index) =>
    titles[index] === undefined || titles[index] === '' ? column : `${titles[index]}: ${column}`,
  );
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `| ${columns.map((_, index) => (index < textColumns ? '---' : '---:')).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** Whatever ends a line, hides, or makes text read as another: controls, format characters, bidi. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Text as Markdown shows it, on one line, without any meaning of its own; to be set where a line has begun
 * already. What GitHub would make a link or a mention of without being asked (addresses, `@name`) is held apart
 * by a character of no width.
 */
export function escapeMarkdown(text: string): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]#!|~$]/g, '\\$&')
    .replaceAll('://', ':\u200b//')
    .replace(/(www)\./gi, '$1\u200b.')
    .replaceAll('@', '@\u200b')
    .trim();
}
