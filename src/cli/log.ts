import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { messageOf, UsageError } from '../errors.ts';
import { cleanText } from '../models/redact.ts';
import { onStored } from '../telemetry/observe-stored.ts';
import { currentPlace } from '../telemetry/place.ts';

/** The log of a campaign, or of a worker. */
export interface CampaignLog {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(message: string, data?: object): void;
  error(message: string): void;
  close(): void;
}

const LEVELS = [...Object.values(pino.levels.labels), 'silent'];

/** Longer messages are cut: whole pages of HTML come as errors. */
const LONGEST_MESSAGE = 2_000;

/**
 * Opens the log file of a data folder, `art.log`: one JSON object a line, for the questions that come
 * up afterwards. Lines about a turn carry its conversation, round and id, and its trace where there is one.
 * `ART_LOG_LEVEL=debug` also notes every turn and every try that failed and was made again.
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
  const logger = createLogger(level, { campaign, pid: process.pid }, file);
  return logTo(logger, campaign, () => file.end());
}

/**
 * A log of JSON lines for whoever collects them, as `art worker --log json` writes it to stderr: of all campaigns that
 * this process works on, each line with the ids of what it is about.
 *
 * @param write takes a line with its end
 * @param base what every line says, such as the worker's name
 * @throws {@link UsageError} when `ART_LOG_LEVEL` is no level
 */
export function openLineLog(
  write: (line: string) => void,
  base: Readonly<Record<string, string | number>>,
): CampaignLog {
  const logger = createLogger(levelOf(process.env.ART_LOG_LEVEL), { ...base, pid: process.pid }, { write });
  return logTo(logger, undefined, () => undefined);
}

function createLogger(level: string, base: object, stream: DestinationStream): Logger {
  return pino(
    {
      level,
      base,
      mixin: () => idsOfPlace('campaign' in base),
      // As names and as ISO times: what most collectors expect.
      formatters: { level: (label) => ({ level: label }), log: cleanData },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    stream,
  );
}

function logTo(logger: Logger, campaign: string | undefined, end: () => void): CampaignLog {
  const clean = (message: string) => cleanText(message, LONGEST_MESSAGE);
  const forget = onStored((what, { outcome, turn, promptVerdict, imageVerdict }) => {
    if (campaign !== undefined && currentPlace()?.campaign !== campaign) return;
    logger.debug({ outcome, turn, promptVerdict, imageVerdict }, `${what} stored`);
  });
  return {
    debug: (data, message) => logger.debug(data, clean(message)),
    info: (data, message) => logger.info(data, clean(message)),
    warn: (message, data = {}) => logger.warn(data, clean(message)),
    error: (message) => logger.error(clean(message)),
    close() {
      forget();
      end();
    },
  };
}

/** Which turn of which conversation a line is about, by where it is written; in OpenTelemetry's words its trace. */
function idsOfPlace(campaignIsSaid: boolean): object {
  const { campaign, ...place } = currentPlace() ?? {};
  const span = trace.getSpanContext(context.active());
  const traced = span !== undefined && isSpanContextValid(span);
  return {
    ...(campaignIsSaid || campaign === undefined ? {} : { campaign }),
    ...place,
    ...(traced ? { trace_id: span.traceId, span_id: span.spanId } : {}),
  };
}

/** Texts without keys, terminal escapes and endless length: JSON escapes none of C1 and the invisible characters. */
function cleanData(data: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === 'string' ? cleanText(value, LONGEST_MESSAGE) : value,
    ]),
  );
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
