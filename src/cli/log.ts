import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { destination, pino } from 'pino';
import { messageOf, UsageError } from '../errors.ts';
import { redact } from '../models/redact.ts';

/** The log of a campaign. */
export interface CampaignLog {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(message: string): void;
  error(message: string): void;
  close(): void;
}

const LEVELS = [...Object.values(pino.levels.labels), 'silent'];

/**
 * Opens the log file of a data folder, `art.log`: one JSON object a line, for the questions that come
 * up afterwards. `ART_LOG_LEVEL=debug` also notes every try that failed and was made again.
 *
 * A log that cannot be opened ends no campaign: what it would note is lost, and `onProblem` hears why.
 *
 * @throws {@link UsageError} when `ART_LOG_LEVEL` is no level
 */
export function openLog(
  dataDir: string,
  campaign: string,
  onProblem: (message: string) => void = warnOnStderr,
): CampaignLog {
  const level = levelOf(process.env.ART_LOG_LEVEL);
  const path = join(dataDir, 'art.log');
  const file = openFile(dataDir, path, onProblem);
  if (file === undefined) return NO_LOG;
  // A full disk must not end a campaign through its log.
  file.on('error', () => undefined);
  const logger = pino({ level, base: { campaign, pid: process.pid } }, file);
  return {
    debug: (data, message) => logger.debug(data, redact(message)),
    info: (data, message) => logger.info(data, redact(message)),
    warn: (message) => logger.warn(redact(message)),
    error: (message) => logger.error(redact(message)),
    close: () => file.end(),
  };
}

const NO_LOG: CampaignLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  close: () => undefined,
};

function levelOf(word: string | undefined): string {
  if (word === undefined || word === '') return 'info';
  if (LEVELS.includes(word)) return word;
  throw new UsageError({
    code: 'UNKNOWN_LOG_LEVEL',
    message: `ART_LOG_LEVEL is ${JSON.stringify(word)}, which is no level.`,
    hint: `The levels are: ${LEVELS.join(', ')}.`,
    data: { level: word },
  });
}

function openFile(dataDir: string, path: string, onProblem: (message: string) => void) {
  try {
    mkdirSync(dataDir, { recursive: true });
    // Written at once: the last lines before a crash are the ones that matter.
    return destination({ dest: path, sync: true });
  } catch (error) {
    onProblem(`There will be no log: ${path} cannot be opened (${messageOf(error)}).`);
    return undefined;
  }
}

function warnOnStderr(message: string): void {
  process.stderr.write(`warning: ${message}\n`);
}
