import { styleText } from 'node:util';
import { ArtError, messageOf } from '../errors.ts';
import { redact } from '../models/redact.ts';
import { wrapWords } from '../report/display-width.ts';
import { columnsOf } from './columns.ts';
import { type FatalPlace, fatalLine, hintForWorker, writesLogLines } from './fatal-line.ts';
import { sanitizeForTerminal } from './sanitize.ts';

const DEFECT = 'This is a defect of ART. What was committed is safe; please report it with the text above.';

/**
 * Tells the user of an error, on stderr: what and where, then what to do.
 *
 * @param argv the command line, for `--json` and a worker's `--log json`; `ART_DEBUG` asks for a stack
 * @param place where a worker has failed
 * @returns the exit code
 */
export function reportError(error: unknown, argv: readonly string[], place: FatalPlace = {}): number {
  const known = error instanceof ArtError;
  const message = redact(messageOf(error));
  const code = known ? error.code : 'UNEXPECTED';
  const said = known ? error.hint : DEFECT;
  const hint = argv[2] === 'worker' && said !== undefined ? hintForWorker(said) : said;
  const wantsStack = process.env.ART_DEBUG !== undefined || !known;
  const stack = wantsStack ? redact(error instanceof Error ? (error.stack ?? '') : String(error)) : undefined;
  if (writesLogLines(argv)) {
    process.stderr.write(`${fatalLine({ code, message, hint, stack }, place)}\n`);
    return known ? error.exitCode : 1;
  }
  if (argv.includes('--json')) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, hint, stack } })}\n`);
    return known ? error.exitCode : 1;
  }
  say('red', 'error', message);
  if (stack !== undefined) process.stderr.write(`${stack}\n`);
  if (hint !== undefined) say('cyan', '   do', hint);
  return known ? error.exitCode : 1;
}

function say(colour: 'red' | 'cyan', label: string, text: string): void {
  const { stderr } = process;
  const columns = columnsOf(stderr);
  const [first = '', ...others] = text.split('\n').flatMap((line, index) => {
    const indent = line.match(/^\s*/)?.[0] ?? '';
    const clean = indent + sanitizeForTerminal(line, 2_000);
    // The label stands before the first line only.
    const lines = wrapWords(index === 0 ? `${label}: ${clean}` : clean, columns, '       ');
    return index === 0 ? [lines.join('\n').slice(label.length + 2)] : lines;
  });
  stderr.write(
    `${styleText(['bold', colour], label, { stream: stderr })}: ${[first, ...others].join('\n')}\n`,
  );
}
