import { styleText } from 'node:util';
import type { CommonOptions } from './options.ts';

const CLEAR_LINE = '\r\u001b[K';

/**
 * Says on the terminal what takes a moment; nothing in a pipe, nor with `--quiet` or `--json`.
 *
 * @returns how to take the line away again; may be called twice
 */
export function busyLine(text: string, { json, quiet }: Pick<CommonOptions, 'json' | 'quiet'>): () => void {
  const { stderr, env } = process;
  if (json || quiet || !stderr.isTTY || env.TERM === 'dumb') return () => undefined;
  stderr.write(`${CLEAR_LINE}${styleText('dim', text, { stream: stderr })}`);
  let shown = true;
  return () => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
}
