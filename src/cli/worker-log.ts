import { cleanText } from '../models/redact.ts';
import { openLineLog } from './log.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** How long the same problem is not told again. */
const SAME_PROBLEM_MS = 60_000;

/** What a worker tells of itself, on stderr. */
export interface WorkerLog {
  /** What happens. */
  say(message: string, data?: object): void;
  /** What goes wrong without ending it. */
  readonly problem: (message: string, data?: object) => void;
  /** What only somebody who looks for a fault wants to know. */
  debug(message: string, data: object): void;
  close(): void;
}

/**
 * The log of a worker: lines for people, or JSON for whoever collects them.
 *
 * @param quiet whether only problems are told
 * @param base what every line of JSON says, such as the worker's name
 */
export function openWorkerLog(
  format: 'json' | 'text',
  quiet: boolean,
  base: Readonly<Record<string, string>> = {},
): WorkerLog {
  const write = (line: string) => void process.stderr.write(line);
  if (format === 'json') {
    const log = openLineLog(write, base);
    return {
      say: (message, data = {}) => log.info(data, message),
      problem: nowAndThen((message, data) => log.warn(message, data)),
      debug: (message, data) => log.debug(data, message),
      close: () => log.close(),
    };
  }
  const print = (message: string) =>
    write(`${new Date().toISOString().slice(11, 19)}  ${sanitizeForTerminal(cleanText(message), 1_000)}\n`);
  return {
    say: (message) => {
      if (!quiet) print(message);
    },
    problem: nowAndThen((message) => print(`problem: ${message}`)),
    debug: () => undefined,
    close: () => undefined,
  };
}

/** A database that is away is a problem to everybody who asks it, again and again. */
function nowAndThen(tell: WorkerLog['problem']): WorkerLog['problem'] {
  const toldAt = new Map<string, number>();
  return (message, data) => {
    const now = performance.now();
    if (now - (toldAt.get(message) ?? Number.NEGATIVE_INFINITY) < SAME_PROBLEM_MS) return;
    for (const [told, at] of toldAt) if (now - at >= SAME_PROBLEM_MS) toldAt.delete(told);
    toldAt.set(message, now);
    tell(message, data);
  };
}
