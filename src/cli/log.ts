import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { destination, pino } from 'pino';
import { redact } from '../models/redact.ts';

/** The log of a campaign. */
export interface CampaignLog {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(message: string): void;
  error(message: string): void;
  close(): void;
}

/**
 * Opens the log file of a data folder, `art.log`: one JSON object a line, for the questions that come
 * up afterwards. `ART_LOG_LEVEL=debug` also notes every try that failed and was made again.
 */
export function openLog(dataDir: string, campaign: string): CampaignLog {
  mkdirSync(dataDir, { recursive: true });
  // Written at once: the last lines before a crash are the ones that matter.
  const file = destination({ dest: join(dataDir, 'art.log'), sync: true });
  // A full disk must not end a campaign through its log.
  file.on('error', () => undefined);
  const logger = pino(
    { level: process.env.ART_LOG_LEVEL ?? 'info', base: { campaign, pid: process.pid } },
    file,
  );
  return {
    debug: (data, message) => logger.debug(data, redact(message)),
    info: (data, message) => logger.info(data, redact(message)),
    warn: (message) => logger.warn(redact(message)),
    error: (message) => logger.error(redact(message)),
    close: () => file.end(),
  };
}
