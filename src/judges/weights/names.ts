import { WeightsError } from './weights-error.ts';

/** A commit of a repository. */
export const COMMIT = /^[0-9a-f]{40}$/;
/** A SHA-256 in hex. */
export const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a text can be the name of a model on the Hub: `org/repo`, or `repo` alone for the oldest. */
export function isRepoId(name: string): boolean {
  return (
    name.length <= 96 &&
    /^(?:[\w.-]+\/)?[\w.-]+$/.test(name) &&
    !/--|\.\.|\.git$/.test(name) &&
    name.split('/').every((part) => /^[^.-]/.test(part) && /[^.-]$/.test(part))
  );
}

/** Whether a text can name a branch, tag or commit, and be a path below `refs/`. */
export function isRevision(name: string): boolean {
  return name.length <= 200 && /^[\w@+.-]+(?:\/[\w@+.-]+)*$/.test(name) && isInside(name);
}

/**
 * Refuses names of files that would lead out of the model's folder.
 *
 * @throws {@link WeightsError} `MODEL_FILE_NOT_FOUND`
 */
export function checkFileName(name: string, model: string, neededBy: string): void {
  const safe =
    name !== '' && name.length <= 500 && name.isWellFormed() && !/[\\\0:*?"<>|]/.test(name) && isInside(name);
  if (safe && ![...name].some((letter) => letter < ' ')) return;
  throw new WeightsError({
    code: 'MODEL_FILE_NOT_FOUND',
    message: `${neededBy} asks ${model} for ${JSON.stringify(name.slice(0, 80))}, which is no name of a file in a model.`,
    hint: 'Name it as in the repository, e.g. onnx/model.onnx.',
    data: { model, file: name.slice(0, 200) },
  });
}

function isInside(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** An address as it can be shown: signed addresses and passwords are secrets. */
export function shownAddress(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Whether a host is this machine. */
export function isLoopback(url: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}
