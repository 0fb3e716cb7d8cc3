import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { checkPin } from './check-file.ts';
import { missingFile } from './failures.ts';
import type { ModelFile, ModelFiles, ModelSource } from './model-files.ts';
import { checkFileName } from './names.ts';
import type { VerifiedFiles } from './verified-files.ts';
import { WeightsError } from './weights-error.ts';

/** Whether a model is a folder rather than a name on the Hub. */
export function isFolderName(model: string): boolean {
  return isAbsolute(model) || /^\.{1,2}(?:$|[/\\])/.test(model);
}

/**
 * Opens a model that lies in a folder, laid out as its repository would be.
 *
 * @param base what a relative folder is relative to
 * @throws WeightsError `MODEL_NOT_FOUND`
 */
export async function openFolder(
  source: ModelSource,
  neededBy: string,
  base: string,
  verified: VerifiedFiles,
): Promise<ModelFiles> {
  const folder = resolve(base, source.model);
  if (!(await isFolder(folder))) {
    throw new WeightsError({
      code: 'MODEL_NOT_FOUND',
      message: `${neededBy} needs the folder ${folder}, which is not there.`,
      hint: 'A relative path counts from the folder of the configuration.',
      data: { model: source.model, folder },
    });
  }
  const has = (name: string) => verified.sizeOf(join(folder, name));
  const file = async (name: string): Promise<ModelFile> => {
    checkFileName(name, folder, neededBy);
    const path = join(folder, name);
    if ((await has(name)) === undefined) {
      throw missingFile(name, { model: folder, neededBy }, await filesIn(folder), 'local');
    }
    const sha256 = await verified.sha256Of(path);
    checkPin(source.sha256?.[name], sha256, { what: path, neededBy });
    return { name, path, sha256 };
  };
  return {
    source,
    revision: 'local',
    file,
    async firstOf(names) {
      for (const name of names) {
        checkFileName(name, folder, neededBy);
        if ((await has(name)) !== undefined) return file(name);
      }
      return undefined;
    },
  };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Not there.
    return false;
  }
}

/** Two levels: as deep as models' repositories are. */
async function filesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) names.push(entry.name);
    else names.push(...(await readdir(join(folder, entry.name))).map((name) => `${entry.name}/${name}`));
  }
  return names.toSorted();
}
