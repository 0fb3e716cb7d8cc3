import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { checkPin } from './check-file.ts';
import { type Download, download } from './download.ts';
import { damaged, offline, writingTo } from './failures.ts';
import type { ModelFile } from './model-files.ts';
import { isLoopback, SHA256, shownAddress } from './names.ts';
import type { VerifiedFiles } from './verified-files.ts';
import type { Web } from './web.ts';
import { WeightsError } from './weights-error.ts';

/** Whether a place is an address rather than a path. */
export function isAddress(place: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(place);
}

/**
 * A file of the user's own.
 *
 * @throws WeightsError `MODEL_FILE_NOT_FOUND`, `WEIGHTS_DAMAGED`
 */
export async function fileAtPath(
  place: string,
  neededBy: string,
  pin: string | undefined,
  base: string,
  verified: VerifiedFiles,
): Promise<ModelFile> {
  const path = resolve(base, place);
  if ((await verified.sizeOf(path)) === undefined) {
    throw new WeightsError({
      code: 'MODEL_FILE_NOT_FOUND',
      message: `${neededBy} needs the file ${path}, which is not there.`,
      hint: 'A relative path counts from the folder of the configuration; addresses begin with https://, files on the Hub with hub:.',
      data: { place, path },
    });
  }
  const sha256 = await verified.sha256Of(path);
  checkPin(pin, sha256, { what: path, neededBy });
  return { name: basename(path), path, sha256 };
}

/** What files at addresses stand on. */
export interface AddressTools {
  readonly web: Web;
  readonly offline: boolean;
  /** Where downloads are kept, e.g. `~/.cache/art/downloads`. */
  readonly folder: string;
  readonly verified: VerifiedFiles;
  readonly onDownload: Download['onDownload'];
}

/**
 * A file at an address, fetched once and kept.
 *
 * @throws UsageError `WRONG_ADDRESS`; WeightsError
 */
export async function fileAtAddress(
  place: string,
  neededBy: string,
  pin: string | undefined,
  tools: AddressTools,
): Promise<ModelFile> {
  const url = addressOf(place, neededBy);
  const what = shownAddress(url);
  const asking = { neededBy, what, host: url.host };
  const name = nameOf(url);
  const folder = join(tools.folder, createHash('sha256').update(url.href).digest('hex'));
  const path = join(folder, name);
  // What the file was when it came, for files that nobody has pinned.
  const note = `${path}.sha256`;
  const { verified } = tools;
  const isThere = async () => (await verified.sizeOf(path)) !== undefined;
  const expected = pin?.toLowerCase();

  if (await isThere()) {
    const actual = await verified.sha256Of(path);
    const promised = expected ?? (await readNote(note)) ?? actual;
    if (promised === actual) return { name, path, sha256: actual };
    // Pinned anew, or damaged: either way there may be a right one to fetch.
    if (tools.offline) {
      const hint = 'Fetch it again on a machine with network, or check the pin.';
      throw damaged(what, { expected: promised, actual, asker: neededBy, hint });
    }
    await writingTo(path, () => rm(path));
  }
  if (tools.offline) throw offline(asking);
  const { onDownload, web } = tools;
  const lockFolder = join(folder, '.lock');
  const wanted: Download = {
    url,
    asking,
    target: path,
    lockFolder,
    expected: { sha256: expected },
    contentNamed: false,
    onDownload,
  };
  const sha256 = await download(web, wanted, isThere);
  if (sha256 !== undefined) {
    await verified.remember(path, sha256);
    await writingTo(note, () => writeFile(note, sha256));
  }
  const actual = await verified.sha256Of(path);
  checkPin(expected, actual, { what, neededBy });
  return { name, path, sha256: actual };
}

function addressOf(place: string, neededBy: string): URL {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url !== undefined && safe && url.username === '' && url.password === '') {
    url.hash = '';
    return url;
  }
  // The address itself is not shown: it may hold a password.
  throw new UsageError({
    code: 'WRONG_ADDRESS',
    message: `${neededBy} names an address that weights are not fetched from.`,
    hint: 'It has to begin with https:// (http:// is for this machine only) and hold no user name or password.',
  });
}

function nameOf(url: URL): string {
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const name = last.replace(/%[\da-f]{2}|[^\w.-]/gi, '_').slice(-100);
  return /\w/.test(name) ? name.replace(/^\.+/, '') : 'download';
}

async function readNote(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return SHA256.test(text) ? text : undefined;
  } catch {
    // The process ended before it was written.
    return undefined;
  }
}
