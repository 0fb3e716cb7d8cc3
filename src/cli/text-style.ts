import { styleText } from 'node:util';
import type { Emphasis, TextStyle } from '../report/text.ts';
import { columnsOf } from './columns.ts';
import { sanitizeForTerminal } from './sanitize.ts';

const STYLES = { title: 'bold', note: 'dim', good: 'green', bad: 'yellow' } as const satisfies Record<
  Emphasis,
  string
>;

/** How text is set on this process's stdout: its colours and its width, where it is a terminal. */
export function stdoutStyle(): TextStyle {
  const { stdout } = process;
  return {
    emphasise: (emphasis, text) => styleText(STYLES[emphasis], text, { stream: stdout }),
    clean: (text) => sanitizeForTerminal(text),
    columns: columnsOf(stdout),
  };
}
