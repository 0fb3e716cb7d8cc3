import { cleanText } from '../models/redact.ts';

/** What ends a command, as it is told. */
export interface Fatal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
}

/** What the last line of a worker's log says beside the error. */
export interface FatalPlace {
  readonly worker?: string | undefined;
  /** The campaign at which it failed. */
  readonly campaign?: string | undefined;
}

const LONGEST_TEXT = 2_000;
const LONGEST_STACK = 20_000;

/** Whether a command writes a log of JSON lines to stderr: `art worker --log json`, or `--json` without another `--log`. */
export function writesLogLines(argv: readonly string[]): boolean {
  if (argv[2] !== 'worker') return false;
  const format = argv.findLast((_, index) => argv[index - 1] === '--log');
  const joined = argv.findLast((word) => word.startsWith('--log='))?.slice('--log='.length);
  return (format ?? joined ?? (argv.includes('--json') ? 'json' : 'text')) === 'json';
}

/** The error that ends a worker as a line of its log, of the same form as those before it. */
export function fatalLine(
  { code, message, hint, stack }: Fatal,
  { worker, campaign }: FatalPlace,
  now = new Date(),
): string {
  return JSON.stringify({
    level: 'fatal',
    time: now.toISOString(),
    worker,
    pid: process.pid,
    campaign,
    code,
    hint: hint === undefined ? undefined : cleanText(hint, LONGEST_TEXT),
    stack: stack === undefined ? undefined : cleanText(stack, LONGEST_STACK),
    msg: cleanText(message, LONGEST_TEXT),
  });
}

/** A hint for a worker: no campaign waits for `art resume` because one of its workers has ended. */
export function hintForWorker(hint: string): string {
  return hint.replace(/go on with:? art resume/, 'start the worker again');
}
