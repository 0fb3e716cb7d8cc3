import type { FileNote } from '../report/html/write-html.ts';
import type { CommonOptions } from './options.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/**
 * What is said on stderr of a single-file report: what it does not hold, and where it is too large to be mailed.
 *
 * @returns a line, without its end; `undefined` where nothing is to be said: notes are left out with `--quiet`, problems
 *   are not
 */
export function fileNoteLine(
  { kind, campaign, message }: FileNote,
  { json, quiet }: Pick<CommonOptions, 'json' | 'quiet'>,
): string | undefined {
  const event = kind === 'too large' ? 'problem' : 'note';
  if (event === 'note' && quiet) return undefined;
  if (json) return JSON.stringify({ event, campaign, message });
  const text = campaign === undefined ? message : `Not all of ${campaign} is in the file: ${message}`;
  return sanitizeForTerminal(`${event}: ${text}`, 600);
}

/** Writes {@link fileNoteLine} on stderr. */
export function sayFileNote(note: FileNote, options: Pick<CommonOptions, 'json' | 'quiet'>): void {
  const line = fileNoteLine(note, options);
  if (line !== undefined) process.stderr.write(`${line}\n`);
}
