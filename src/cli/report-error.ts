import { styleText } from 'node:util';
import { ArtError, messageOf } from '../errors.ts';
import { redact } from '../models/redact.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/**
 * Tells the user of an error, on stderr: what and where, then what to do.
 *
 * @param argv the command line, for `--json` and to know whether a stack is wanted (`ART_DEBUG`)
 * @returns the exit code
 */
export function reportError(error: unknown, argv: readonly string[]): number {
  const known = error instanceof ArtError;
  const message = redact(messageOf(error));
  if (argv.includes('--json')) {
    const code = known ? error.code : 'UNEXPECTED';
    process.stderr.write(
      `${JSON.stringify({ error: { code, message, hint: known ? error.hint : undefined } })}\n`,
    );
  } else {
    const lines = message.split('\n').map((line) => sanitizeForTerminal(line, 2_000));
    process.stderr.write(`${styleText('red', 'error', { stream: process.stderr })}: ${lines.join('\n')}\n`);
    if (known && error.hint !== undefined) {
      process.stderr.write(
        `${styleText('dim', '   do', { stream: process.stderr })}: ${sanitizeForTerminal(error.hint, 2_000)}\n`,
      );
    }
  }
  if (process.env['ART_DEBUG'] !== undefined || !known) {
    process.stderr.write(`${redact(error instanceof Error ? (error.stack ?? '') : String(error))}\n`);
  }
  if (!known) {
    process.stderr.write(
      'This is a defect of ART. What was committed is safe; please report it with the text above.\n',
    );
  }
  return known ? error.exitCode : 1;
}
