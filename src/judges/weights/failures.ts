import { ArtError, messageOf } from '../../errors.ts';
import { chainOf, isDiskFull } from '../../store/disk-full.ts';
import { retryAfterOf, Setback } from './attempts.ts';
import type { RepoKind } from './model-files.ts';
import { WeightsError } from './weights-error.ts';

/** What is asked for and by whom, for messages. */
export interface Asking {
  /** E.g. `The judge q16`. */
  readonly neededBy: string;
  /** `org/repo`, `org/repo/path`, or an address without its query. */
  readonly what: string;
  /** Where it is asked for, e.g. `huggingface.co`. */
  readonly host: string;
  /** Absent for a plain address. */
  readonly hub?: {
    readonly kind: RepoKind;
    readonly repo: string;
    readonly revision: string;
    /** Where people read about the model and accept its licence. */
    readonly page: string;
    readonly hasToken: boolean;
    /** The file that is asked for; absent when it is the model itself. */
    readonly file?: string;
  };
}

const PULL_HINT =
  'Fetch it ahead with `art judges pull` on a machine with network and bring the cache here, or name a mirror in HF_ENDPOINT.';
const DATASET_HINT =
  'Fetch its files by hand and name them instead (a file: for replay, a folder for art dataset import), or name a mirror in HF_ENDPOINT.';
const ADDRESS_HINT =
  'Fetch it ahead with `art judges pull` on a machine with network and bring the cache here, or name a file of yours in place of the address.';

/** How to do without the network. */
function aheadHint(hub: Asking['hub']): string {
  return hub?.kind === 'dataset' ? DATASET_HINT : PULL_HINT;
}

/** The error for a status that is neither success nor redirect; a {@link Setback} where it may pass. */
export function failureOfStatus(response: Response, from: URL, asking: Asking, now: number): Error {
  const { status, headers } = response;
  const { neededBy, what, host, hub } = asking;
  const code = headers.get('x-error-code');
  const data = { what, host: from.host, status };
  if (status === 429) {
    const retryAfterMs = retryAfterOf(headers, now);
    const final = new WeightsError({
      code: 'HUB_RATE_LIMITED',
      message: `${neededBy} needs ${what}, but ${from.host} has had too many requests (429)${retryAfterMs === undefined ? '' : ` and asks to wait ${Math.ceil(retryAfterMs / 1000)} s`}.`,
      hint:
        hub?.hasToken === false
          ? 'Wait and try again; with HF_TOKEN set the limit is higher.'
          : 'Wait and try again.',
      data,
    });
    return new Setback(final, { retryAfterMs });
  }
  if (status >= 500 || status === 408) {
    const final = new WeightsError({
      code: 'HUB_UNREACHABLE',
      message: `${neededBy} needs ${what}, but ${from.host} answers with an error of its own (${status}).`,
      hint: `Try again later${hub?.kind === 'dataset' ? ': what has come is kept' : ''}. ${aheadHint(hub)}`,
      data,
    });
    return new Setback(final, { retryAfterMs: retryAfterOf(headers, now) });
  }
  // A signed address of a storage server may have run out; the next try gets a new one.
  if (hub !== undefined && from.host !== host && (status === 401 || status === 403)) {
    return new Setback(accessDenied(status, from.host, asking));
  }
  if (status === 404 || status === 410 || code === 'RepoNotFound') return notFound(code, status, asking);
  if (status === 401 || status === 403) return accessDenied(status, from.host, asking);
  return new WeightsError({
    code: 'HUB_BAD_ANSWER',
    message: `${neededBy} needs ${what}, but ${from.host} refuses the request (${status}).`,
    hint: hub === undefined ? 'Check the address.' : 'Check HF_ENDPOINT, and the proxy if there is one.',
    data,
  });
}

function accessDenied(status: number, from: string, { neededBy, what, hub }: Asking): WeightsError {
  const tokenTried = hub?.hasToken === true;
  return new WeightsError({
    code: hub?.kind === 'dataset' ? 'DATASET_ACCESS_DENIED' : 'MODEL_ACCESS_DENIED',
    message: `${neededBy} needs ${what}, but ${from} does not give it ${tokenTried ? 'to this token' : 'without a token'} (${status}).`,
    hint:
      hub === undefined
        ? 'Fetch the file by hand and give its path instead of its address.'
        : `Accept the licence at ${hub.page} and set HF_TOKEN to a token ${tokenTried ? 'of that account that may read it' : 'of that account'}.`,
    data: { what, host: from, status },
  });
}

function notFound(code: string | null, status: number, { neededBy, what, host, hub }: Asking): WeightsError {
  const data = { what, host, status };
  if (hub === undefined) {
    return new WeightsError({
      code: 'MODEL_FILE_NOT_FOUND',
      message: `${neededBy} needs ${what}, but there is nothing at that address (${status}).`,
      hint: 'Check the address.',
      data,
    });
  }
  const { kind, repo, revision, file, page, hasToken } = hub;
  const missing = kind === 'dataset' ? 'DATASET_NOT_FOUND' : 'MODEL_NOT_FOUND';
  if (file !== undefined && code !== 'RepoNotFound' && code !== 'RevisionNotFound') {
    return missingFile(file, { model: repo, neededBy, kind }, [], revision);
  }
  if (code === 'RevisionNotFound') {
    return new WeightsError({
      code: missing,
      message: `${neededBy} needs the revision ${revision} of ${repo}, but ${host} has the ${kind} without that revision.`,
      hint: `Its branches and commits are listed at ${page}/commits; leave revision out for the newest.`,
      data: { ...data, revision },
    });
  }
  const unsaid = code === null ? ` at the revision ${revision}` : '';
  return new WeightsError({
    code: missing,
    message: `${neededBy} needs ${repo}${unsaid}, but ${host} has no such ${kind}${hasToken ? ' for this token' : ', or keeps it private'}.`,
    hint: `Check the name (and that HF_ENDPOINT, if set, is the right server); a private ${kind} needs HF_TOKEN; a folder is written ./${repo} or as a full path.`,
    data: { ...data, revision },
  });
}

/** The error for a file that a model, dataset or folder does not have. */
export function missingFile(
  file: string,
  {
    model,
    neededBy,
    kind = 'model',
  }: { readonly model: string; readonly neededBy: string; readonly kind?: RepoKind | undefined },
  has: readonly string[],
  revision: string,
): WeightsError {
  const end = file.slice(file.lastIndexOf('.'));
  // Files of the same kind tell most; a long list tells nothing.
  const alike = has.filter((name) => name.endsWith(end));
  const shown = (alike.length > 0 ? alike : has).slice(0, 8).map((name) => JSON.stringify(name.slice(0, 80)));
  const onnx = end === '.onnx' && alike.length === 0;
  return new WeightsError({
    code: kind === 'dataset' ? 'DATASET_FILE_NOT_FOUND' : 'MODEL_FILE_NOT_FOUND',
    message: `${neededBy} needs ${file} of ${model}, which has no such file${revision === 'local' ? '' : ` at the revision ${revision}`}.`,
    hint: onnx
      ? 'Export the model to ONNX (docs/judges.md gives the command) and name the folder instead.'
      : shown.length > 0
        ? `It has: ${shown.join(', ')}.`
        : 'Check the name of the file and the revision.',
    data: { model, file, revision, has: has.slice(0, 100) },
  });
}

/** The error for something that is not in the cache while nothing may be fetched. */
export function offline({ neededBy, what, hub }: Asking): WeightsError {
  return new WeightsError({
    code: 'HUB_OFFLINE',
    message: `${neededBy} needs ${what}, which is not in the cache, and HF_HUB_OFFLINE says to stay off the network.`,
    hint:
      hub?.kind === 'dataset'
        ? 'Unset HF_HUB_OFFLINE, or fetch its files by hand and name them instead.'
        : 'Fetch it ahead with `art judges pull` on a machine with network and bring the cache here, or unset HF_HUB_OFFLINE.',
    data: { what },
  });
}

/** The error for an answer that is not what was asked for, e.g. a log-in page. */
export function badAnswer(problem: string, from: URL, { neededBy, what, hub }: Asking): WeightsError {
  return new WeightsError({
    code: 'HUB_BAD_ANSWER',
    message: `${neededBy} needs ${what}, but ${from.host} ${problem}.`,
    hint:
      hub === undefined
        ? 'Check that the address leads to the file itself, and not to a page about it.'
        : 'Check HF_ENDPOINT; a proxy or a log-in page of the network may have answered instead of the Hub.',
    data: { what, host: from.host },
  });
}

/** The error for bytes that are not the promised ones. */
export function damaged(
  where: string,
  { expected, actual, asker, hint }: { expected: string; actual: string; asker: string; hint: string },
): WeightsError {
  return new WeightsError({
    code: 'WEIGHTS_DAMAGED',
    message: `${asker} needs ${where}, but its bytes are not the expected ones: expected ${expected}, got ${actual}.`,
    hint,
    data: { what: where, expected, actual },
  });
}

/** What `fetch` or a body that broke off threw, in words; tried again unless that is pointless. */
export function failureOfNetwork(
  cause: unknown,
  from: URL,
  { neededBy, what, hub }: Asking,
  received?: { readonly bytes: number; readonly total: number | undefined; readonly progressed: boolean },
): Error {
  const links = chainOf(cause);
  const codes = links.flatMap((link) => {
    const code: unknown = typeof link === 'object' && link !== null ? Reflect.get(link, 'code') : undefined;
    return typeof code === 'string' ? [code] : [];
  });
  const is = (pattern: RegExp) => codes.some((code) => pattern.test(code));
  const unknownHost = is(/ENOTFOUND/);
  const untrusted = is(/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/);
  const broke =
    received !== undefined && received.bytes > 0
      ? `the connection to ${from.host} broke off after ${received.bytes}${received.total === undefined ? '' : ` of ${received.total}`} bytes`
      : undefined;
  const problem = unknownHost
    ? `the name ${from.hostname} is not known to the network`
    : untrusted
      ? `the certificate of ${from.host} is not trusted`
      : (broke ??
        (is(/ECONNREFUSED/)
          ? `nobody answers at ${from.host}`
          : `${from.host} cannot be reached (${messageOf(links.at(-1))})`));
  const hint = untrusted
    ? 'Where a proxy opens connections, name its certificate in NODE_EXTRA_CA_CERTS.'
    : broke !== undefined
      ? 'What has come is kept: run the same command again and it goes on from there.'
      : hub === undefined
        ? `Check the network. ${ADDRESS_HINT}`
        : `Check the network and HF_ENDPOINT. ${aheadHint(hub)}`;
  const final = new WeightsError({
    code: 'HUB_UNREACHABLE',
    message: `${neededBy} needs ${what}, but ${problem}.`,
    hint,
    data: { what, host: from.host, ...(received === undefined ? {} : { receivedBytes: received.bytes }) },
    cause,
  });
  // A host without a name or a trusted certificate will not have them in four seconds.
  if (unknownHost || untrusted) return final;
  return new Setback(final, { progressed: received?.progressed ?? false });
}

/**
 * Runs something that writes to a cache.
 *
 * @throws ArtError `DISK_FULL`, or `CACHE_NOT_WRITABLE`
 */
export async function writingTo<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    // Of the file system's own errors each names the call that failed.
    if (cause instanceof ArtError || !(cause instanceof Error) || !('syscall' in cause)) throw cause;
    const full = isDiskFull(cause);
    throw new ArtError({
      code: full ? 'DISK_FULL' : 'CACHE_NOT_WRITABLE',
      message: full
        ? `The disk is full: there is no room for ${path}.`
        : `${path} cannot be written: ${messageOf(cause)}`,
      hint: full
        ? 'Make room, or name another folder in HF_HUB_CACHE; what has come so far is kept.'
        : 'Check the permissions, or name another folder in HF_HUB_CACHE.',
      data: { path },
      cause,
    });
  }
}
