import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { JudgeWorld } from '../judge-definition.ts';
import type { Sleep } from './attempts.ts';
import { createHubClient } from './hub-client.ts';
import { type HubTools, openHubModel } from './hub-model.ts';
import { readHubSettings } from './hub-settings.ts';
import { isFolderName, openFolder } from './local-folder.ts';
import type { ModelFile, ModelFiles, ModelSource, RepoKind, WeightStore } from './model-files.ts';
import { fileAtAddress, fileAtPath, isAddress } from './single-file.ts';
import { createVerifiedFiles } from './verified-files.ts';
import type { Web } from './web.ts';
import { WeightsError } from './weights-error.ts';

/** What a weight store needs from outside. */
export interface WeightWorld
  extends Pick<JudgeWorld, 'env' | 'fetch' | 'configDir' | 'onDownload' | 'updateWeights'> {
  /** Waits between tries; default: really. */
  readonly sleep?: Sleep | undefined;
  /** Milliseconds since 1970; default: the clock. */
  readonly now?: (() => number) | undefined;
  /** How long a server may say nothing; default: 60 s. */
  readonly stallMs?: number | undefined;
}

/**
 * Finds the files of models and datasets: in the Hugging Face cache, on the Hub, in folders, at addresses. Nothing is
 * read before something is asked for.
 *
 * The environment is read as Python's huggingface_hub reads it: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`,
 * `HF_HOME`, `HF_HUB_CACHE` and their older names.
 */
export function createWeightStore(world: WeightWorld): WeightStore {
  const web: Web = {
    fetch: world.fetch,
    sleep: world.sleep ?? setTimeout,
    now: world.now ?? Date.now,
    stallMs: world.stallMs ?? 60_000,
  };
  const { onDownload } = world;
  const made = new Map<RepoKind, Promise<HubTools>>();
  const tools = (kind: RepoKind = 'model'): Promise<HubTools> => {
    const known = made.get(kind);
    if (known !== undefined) return known;
    const making = readHubSettings(world.env).then((settings) => ({
      kind,
      web,
      settings,
      client: createHubClient(web, settings.endpoint, settings.token, kind),
      verified: createVerifiedFiles(join(settings.artCache, 'verified.json')),
      onDownload,
      update: world.updateWeights ?? false,
      listings: new Map(),
    }));
    made.set(kind, making);
    return making;
  };

  const open = async (source: ModelSource, neededBy: string): Promise<ModelFiles> => {
    if (!isFolderName(source.model)) return openHubModel(source, neededBy, await tools(source.kind));
    const { verified } = await tools();
    return openFolder(source, neededBy, world.configDir, verified);
  };

  return {
    open,
    async single(place, neededBy, sha256): Promise<ModelFile> {
      const { settings, verified } = await tools();
      if (place.startsWith('hub:')) {
        const { source, file } = hubPlace(place, neededBy, sha256);
        return (await open(source, neededBy)).file(file);
      }
      if (!isAddress(place)) return fileAtPath(place, neededBy, sha256, world.configDir, verified);
      const folder = join(settings.artCache, 'downloads');
      return fileAtAddress(place, neededBy, sha256, {
        web,
        offline: settings.offline,
        folder,
        verified,
        onDownload,
      });
    },
  };
}

/** `hub:org/repo/path/in/repo`, or `hub:org/repo@revision/path/in/repo`. */
function hubPlace(
  place: string,
  neededBy: string,
  sha256: string | undefined,
): { readonly source: ModelSource; readonly file: string } {
  const [, model, revision, file] = /^hub:([^/@]+\/[^/@]+)(?:@([^/]+))?\/(.+)$/.exec(place) ?? [];
  if (model === undefined || file === undefined) {
    throw new WeightsError({
      code: 'MODEL_FILE_NOT_FOUND',
      message: `${neededBy} names ${JSON.stringify(place.slice(0, 200))}, which is no file on the Hub.`,
      hint: 'Write it hub:org/repo/path/in/repo.',
      data: { place: place.slice(0, 200) },
    });
  }
  const pins = sha256 === undefined ? undefined : { [file]: sha256 };
  return { source: { model, revision, sha256: pins }, file };
}
