import { cleanText } from '../models/redact.ts';
import { openLineLog } from './log.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** What a worker tells of itself, on stderr. */
export interface WorkerLog {
  /** What happens. */
  say(message: string, data?: object): void;
  /** What goes wrong without ending it. */
  readonly problem: (message: string) => void;
  /** What only somebody who looks for a fault wants to know. */
  debug(message: string, data: object): void;
  close(): void;
}

/**
 * The log of a worker: lines for people, or JSON for whoever collects them.
 *
 * @param quiet whether only problems are told
 */
export function openWorkerLog(format: 'json' | 'text', quiet: boolean): WorkerLog {
  const write = (line: string) => void process.stderr.write(line);
  if (format === 'json') {
    const log = openLineLog(write, {});
    return {
      say: (message, data = {}) => log.info(data, message),
      problem: (message) => log.warn(message),
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
    problem: (message) => print(`problem: ${message}`),
    debug: () => undefined,
    close: () => undefined,
  };
}
