import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArtError } from '../../errors.ts';
import { Setback, withAttempts } from './attempts.ts';
import { withDownloadLock } from './download-lock.ts';
import { type ProgressTeller, tellProgress } from './download-progress.ts';
import { type Asking, badAnswer, damaged, failureOfNetwork, failureOfStatus, writingTo } from './failures.ts';
import { gitSha1OfFile } from './file-hash.ts';
import type { DownloadProgress } from './model-files.ts';
import { append, dropPart, keepValidator, openPart, type Part, startAgain } from './partial-file.ts';
import { type ReadAhead, readAhead } from './read-ahead.ts';
import { ask, startWatchdog, type Watchdog, type Web } from './web.ts';

/** What is known of a file before it is fetched. */
export interface Expected {
  readonly sha256?: string | undefined;
  /** What git calls it. */
  readonly gitSha1?: string | undefined;
  readonly bytes?: number | undefined;
}

/** A file to be fetched. */
export interface Download {
  readonly url: URL;
  readonly token?: string | undefined;
  readonly asking: Asking;
  /** Where it shall be. */
  readonly target: string;
  readonly lockFolder: string;
  readonly expected: Expected;
  /** Whether the target's name follows from its content, so that a part of it is a part of nothing else. */
  readonly contentNamed: boolean;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * Fetches a file: goes on from what an earlier try has left, tries again where that may help, checks the
 * bytes, and puts the file in place in one step. Two processes that fetch the same file take turns.
 *
 * @param isThere whether another process has put it in place meanwhile
 * @returns the SHA-256 of what was fetched; `undefined` when another process did it
 * @throws WeightsError; ArtError `DISK_FULL`, `CACHE_NOT_WRITABLE`
 */
export async function download(
  web: Web,
  wanted: Download,
  isThere: () => Promise<boolean>,
): Promise<string | undefined> {
  return writingTo(wanted.target, async () => {
    await mkdir(dirname(wanted.target), { recursive: true });
    return withDownloadLock(wanted.lockFolder, web.sleep, async (locked) => {
      if (await isThere()) return undefined;
      const progress = tellProgress(wanted.asking.what, wanted.onDownload, web.now);
      // Without a lock a file of one's own is safe, but nothing goes on from it.
      const path = `${wanted.target}.${locked ? 'art' : randomUUID()}.incomplete`;
      let succeeded = false;
      try {
        const fetched = await fetchInto(path, web, wanted, progress);
        succeeded = true;
        return fetched;
      } finally {
        if (!locked) await rm(path, { force: true });
        progress.end(succeeded);
      }
    });
  });
}

async function fetchInto(
  path: string,
  web: Web,
  wanted: Download,
  progress: ProgressTeller,
): Promise<string> {
  const part = await openPart(path, wanted.contentNamed, wanted.expected.bytes);
  const wasBegun = part.received > 0;
  try {
    try {
      return await complete(part, web, wanted, progress);
    } catch (error) {
      // What an earlier run left may be what is wrong.
      const mayBeOldPart = error instanceof ArtError && error.code === 'WEIGHTS_DAMAGED' && wasBegun;
      if (!mayBeOldPart) throw error;
      await startAgain(part);
      return await complete(part, web, wanted, progress);
    }
  } catch (error) {
    if (error instanceof ArtError && error.code === 'WEIGHTS_DAMAGED') await dropPart(path);
    throw error;
  } finally {
    await part.handle.close();
  }
}

async function complete(part: Part, web: Web, wanted: Download, progress: ProgressTeller): Promise<string> {
  if (part.received === 0 || part.received !== wanted.expected.bytes) {
    await withAttempts(web.sleep, () => receive(part, web, wanted, progress));
  }
  const sha256 = part.hash.copy().digest('hex');
  await check(part, sha256, wanted);
  await part.handle.sync();
  await rename(part.path, wanted.target);
  await dropPart(part.path);
  return sha256;
}

async function check(part: Part, sha256: string, { asking, expected }: Download): Promise<void> {
  const hint =
    'The damaged file was removed: run the same command again. If it stays so, check the pin or the server.';
  const refuse = (expectedHash: string, actual: string) =>
    damaged(asking.what, { expected: expectedHash, actual, asker: asking.neededBy, hint });
  if (expected.sha256 !== undefined && sha256 !== expected.sha256) throw refuse(expected.sha256, sha256);
  if (expected.gitSha1 === undefined) return;
  const gitSha1 = await gitSha1OfFile(part.path);
  if (gitSha1 !== expected.gitSha1) throw refuse(expected.gitSha1, gitSha1);
}

/** One try to get the rest of the file. */
async function receive(part: Part, web: Web, wanted: Download, progress: ProgressTeller): Promise<void> {
  const { asking, token, expected } = wanted;
  const watchdog = startWatchdog(web.stallMs);
  try {
    const range: Record<string, string> = part.received === 0 ? {} : { range: `bytes=${part.received}-` };
    if (part.received > 0 && part.validator !== undefined) range['if-range'] = part.validator;
    const { response, url } = await ask(web, {
      url: wanted.url,
      method: 'GET',
      headers: range,
      token,
      signal: watchdog.signal,
      asking,
    });
    const body = readAhead(response.body);
    try {
      watchdog.feed();
      const total = await begin(part, response, url, wanted, web.now());
      await checkRoom(wanted.target, (total ?? 0) - part.received);
      await readBody(part, body, url, total, wanted, watchdog, progress);
      const whole = expected.bytes ?? total;
      if (whole !== undefined && part.received < whole) throw new Error('the answer is too short');
      if (whole !== undefined && part.received > whole) {
        await startAgain(part);
        throw new Setback(badAnswer('sends more bytes than it announced', url, asking));
      }
    } finally {
      await body.stop();
    }
  } catch (error) {
    if (error instanceof ArtError || error instanceof Setback) throw error;
    throw failureOfNetwork(error, wanted.url, asking, {
      bytes: part.received,
      total: expected.bytes,
      progressed: false,
    });
  } finally {
    watchdog.stop();
  }
}

/**
 * Looks at the head of an answer.
 *
 * @returns how many bytes the whole file has, where the server says
 */
async function begin(
  part: Part,
  response: Response,
  url: URL,
  wanted: Download,
  now: number,
): Promise<number | undefined> {
  const { asking, expected, contentNamed } = wanted;
  const { status, headers } = response;
  if (status === 416 && part.received > 0) {
    await startAgain(part);
    throw new Setback(badAnswer('does not go on with a download that broke off', url, asking));
  }
  if (status !== 200 && status !== 206) throw failureOfStatus(response, url, asking, now);
  if (/^text\/html\b/i.test(headers.get('content-type') ?? '') && !isMarkup(wanted)) {
    throw badAnswer('answers with a web page instead of the file', url, asking);
  }
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  const length = encoded ? undefined : numberOf(headers.get('content-length'));
  if (status === 206) {
    const [, from, whole] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    const total = numberOf(whole);
    const fits = expected.bytes === undefined || total === undefined || total === expected.bytes;
    if (part.received > 0 && numberOf(from) === part.received && fits) return total ?? expected.bytes;
    await startAgain(part);
    throw new Setback(badAnswer('sends another part of the file than it was asked for', url, asking));
  }
  // The server takes no ranges, or the file is another one now.
  if (part.received > 0) await startAgain(part);
  if (!contentNamed) await keepValidator(part, headers);
  return length ?? expected.bytes;
}

async function readBody(
  part: Part,
  body: ReadAhead,
  url: URL,
  total: number | undefined,
  wanted: Download,
  watchdog: Watchdog,
  progress: ProgressTeller,
): Promise<void> {
  const before = part.received;
  progress.received(part.received, total);
  for (;;) {
    const bytes = await body.next().catch((error: unknown) => {
      const received = { bytes: part.received, total, progressed: part.received > before };
      throw failureOfNetwork(error, url, wanted.asking, received);
    });
    if (bytes === undefined) return;
    watchdog.feed();
    if (part.received === 0 && bytes[0] === 0x3c && !isMarkup(wanted)) {
      throw badAnswer('answers with a web page instead of the file', url, wanted.asking);
    }
    await append(part, bytes);
    progress.received(part.received, total);
  }
}

/** Whether a file may itself begin like a page. */
function isMarkup({ url }: Download): boolean {
  return /\.(?:html?|xml|svg|md|txt)$/i.test(url.pathname);
}

function numberOf(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Better to say so now than after a gigabyte. */
async function checkRoom(target: string, bytes: number): Promise<void> {
  if (bytes <= 0) return;
  const { bavail, bsize } = await writingTo(target, () => statfs(dirname(target)));
  const free = bavail * bsize;
  // Some network disks do not know.
  if (free <= 0 || free >= bytes) return;
  throw new ArtError({
    code: 'DISK_FULL',
    message: `The disk is too full: ${target} needs ${megabytes(bytes)} MB more, and ${megabytes(free)} MB are free.`,
    hint: 'Make room, or name another folder in HF_HUB_CACHE.',
    data: { path: target, neededBytes: bytes, freeBytes: free },
  });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
