import { stringify } from 'yaml';
import { messageOf } from '../../../errors.ts';
import type { JudgeDefinition, JudgeWorld } from '../../../judges/judge-definition.ts';
import { createJudgeRuntime } from '../../../judges/runtime/onnx-runtime.ts';
import type { ModelFile, ModelFiles, WeightStore } from '../../../judges/weights/model-files.ts';
import { createWeightStore } from '../../../judges/weights/weight-store.ts';
import { WeightsError } from '../../../judges/weights/weights-error.ts';
import { judgeOptions } from './judge-options.ts';

/** A model whose files a judge used. */
interface UsedModel {
  readonly model: string;
  readonly revision: string;
  readonly files: ModelFile[];
}

/** The files that a judge stands on. */
export interface UsedFiles {
  readonly models: readonly UsedModel[];
  /** Files that are no part of a model, with the place that was asked for. */
  readonly single: readonly { readonly place: string; readonly file: ModelFile }[];
  /** Why the judge could not be made without network; absent: it could. */
  readonly problem?: { readonly message: string; readonly notFetched: boolean };
}

/** What a file that is not on this disk ends with, where nothing is fetched. */
const OUT_OF_REACH: readonly string[] = ['HUB_OFFLINE', 'HUB_UNREACHABLE'];

/**
 * Makes a judge with what is on this disk already, and tells which files it used. Nothing is fetched.
 *
 * @param definition the judge
 * @param options its options, as in the configuration
 */
export async function usedFiles(
  definition: JudgeDefinition,
  name: string,
  options: Readonly<Record<string, unknown>>,
  world: JudgeWorld,
): Promise<UsedFiles> {
  const offline: JudgeWorld = {
    ...world,
    env: { ...world.env, HF_HUB_OFFLINE: '1' },
    fetch: () => Promise.reject(new Error('art judges info fetches nothing')),
  };
  const models: UsedModel[] = [];
  const single: { place: string; file: ModelFile }[] = [];
  const runtime = createJudgeRuntime(world.configDir);
  const weights = recording(createWeightStore(offline), models, single);
  try {
    const judge = await definition.create(options, { ...offline, judgeName: name, weights, runtime });
    await judge.close?.();
    return { models, single };
  } catch (error) {
    const notFetched = error instanceof WeightsError && OUT_OF_REACH.includes(error.code);
    return { models, single, problem: { message: messageOf(error), notFetched } };
  } finally {
    await runtime.close();
  }
}

/** A weight store that notes what is asked of it. */
function recording(
  store: WeightStore,
  models: UsedModel[],
  single: { place: string; file: ModelFile }[],
): WeightStore {
  return {
    async open(source, neededBy) {
      const opened = await store.open(source, neededBy);
      const used: UsedModel = { model: source.model, revision: opened.revision, files: [] };
      models.push(used);
      return noting(opened, used);
    },
    async single(place, neededBy, sha256) {
      const file = await store.single(place, neededBy, sha256);
      single.push({ place, file });
      return file;
    },
  };
}

function noting(files: ModelFiles, used: UsedModel): ModelFiles {
  const note = (file: ModelFile | undefined) => {
    if (file !== undefined && !used.files.some(({ name }) => name === file.name)) used.files.push(file);
  };
  return {
    source: files.source,
    revision: files.revision,
    async file(name) {
      const file = await files.file(name);
      note(file);
      return file;
    },
    async firstOf(names) {
      const file = await files.firstOf(names);
      note(file);
      return file;
    },
  };
}

/**
 * The judge's entry of the configuration with all its files pinned, as YAML; `undefined` where there is
 * nothing to pin.
 */
export function pinnedEntry(
  { optionsSchema }: Pick<JudgeDefinition, 'optionsSchema'>,
  name: string,
  options: Readonly<Record<string, unknown>>,
  { models, single }: UsedFiles,
): string | undefined {
  const known = judgeOptions(optionsSchema);
  const has = (option: string) => known.some((one) => one.name === option);
  const own = has('revision') ? models[0] : undefined;
  const clip = has('clip.revision') ? models.at(-1) : undefined;
  const typeOf = (key: string) => known.find((one) => one.name === key)?.type ?? '';
  const pins = {
    ...revisionOf(own),
    ...(has('sha256') ? sha256Of(own, single, typeOf('sha256')) : {}),
    ...(clip === undefined
      ? {}
      : {
          clip: {
            ...objectOf(options.clip),
            ...revisionOf(clip),
            ...sha256Of(clip, [], typeOf('clip.sha256')),
          },
        }),
  };
  if (Object.keys(pins).length === 0) return undefined;
  return stringify([{ name, ...options, ...pins }], { lineWidth: 0 }).trimEnd();
}

/** A folder on disk has no revision that could be pinned. */
function revisionOf(used: UsedModel | undefined): { revision?: string } {
  return used === undefined || used.revision === 'local' ? {} : { revision: used.revision };
}

/** The network where one digest is wanted; else files by their path, or by their name where they lie alone. */
function sha256Of(
  used: UsedModel | undefined,
  single: UsedFiles['single'],
  type: string,
): { sha256?: string | Record<string, string> } {
  const files = used === undefined ? single.map(({ file }) => file) : used.files;
  const [first] = files;
  if (first === undefined) return {};
  const network = files.find(({ name }) => name.endsWith('.onnx')) ?? first;
  if (type === 'text') return { sha256: network.sha256 };
  const key = (file: ModelFile) =>
    used === undefined ? (file.name.split('/').at(-1) ?? file.name).replace(/\.\w+$/, '') : file.name;
  return { sha256: Object.fromEntries(files.map((file) => [key(file), file.sha256])) };
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
