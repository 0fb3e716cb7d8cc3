import { readFile } from 'node:fs/promises';
import { isPlainObject } from '../../config/presets.ts';
import { messageOf } from '../../errors.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { judgeRevision } from '../judge-revision.ts';
import {
  joinPlanes,
  PREPROCESSING_VERSION,
  type Preprocessor,
  preprocessorOf,
} from '../pixels/preprocess.ts';
import type { NetworkSession } from '../runtime/judge-runtime.ts';
import { isQuantised, networkPins, networkRevision, openNetwork } from '../runtime/network-files.ts';
import type { ModelFile, ModelFiles } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';
import { type ClipOptions, networkFiles } from './clip-options.ts';
import { createEmbedder, type Embedder } from './embedder.ts';

const INPUT = 'pixel_values';
const OUTPUT = 'image_embeds';
/** As many images as go through the network at once. */
const BATCH_SIZE = 8;

/**
 * The CLIP image embedder of these judges' world, ready to embed. Judges with the same options get the
 * same one.
 *
 * @throws {@link WeightsError} when the network cannot be had, or is none that embeds images
 */
export function clipEmbedder(services: JudgeServices, options: ClipOptions): Promise<Embedder> {
  return services.runtime.shared(`clip:${judgeRevision(options)}`, () => loadEmbedder(services, options));
}

async function loadEmbedder(services: JudgeServices, options: ClipOptions): Promise<Embedder> {
  const neededBy = `The judge ${services.judgeName}`;
  const names = networkFiles(options);
  const { model, revision, sha256 } = options;
  const pins = networkPins(names, sha256);
  const files = await services.weights.open({ model, revision, sha256: pins }, neededBy);
  const opened = await openNetwork(files, names);
  if (opened === undefined) throw noNetwork(neededBy, options, names);
  const { network } = opened;
  const alone = isQuantised(opened, options.dtype);
  const preprocessor = preprocessorOf(await preprocessorConfig(files, neededBy));
  const session = await services.runtime.session(network, neededBy);
  checkArchitecture(session, network, neededBy);

  const forward = async (inputs: readonly Float32Array[]): Promise<readonly Float32Array[]> => {
    const vectors = await run(session, preprocessor.dims, inputs);
    if (vectors === undefined) throw wrongOutput(network, neededBy);
    return vectors;
  };

  // One image of zeros: what the network cannot do shows before the campaign begins, not in it.
  const [probe] = await forward([
    new Float32Array(preprocessor.dims.reduce((product, size) => product * size)),
  ]);
  return createEmbedder({
    revision: judgeRevision({
      type: 'clip',
      ...networkRevision(opened),
      preprocessing: preprocessor.steps,
      version: PREPROCESSING_VERSION,
      // Embeddings of quantised networks that were made in batches are other ones.
      batch: alone ? 1 : undefined,
    }),
    dimension: probe?.length ?? 0,
    preprocess: preprocessor,
    forward,
    batchSize: alone ? 1 : BATCH_SIZE,
    cache: services.embeddings,
  });
}

/** The settings that came with the model; `undefined` without any: CLIP's own. */
async function preprocessorConfig(files: ModelFiles, neededBy: string): Promise<unknown> {
  const file = await files.firstOf(['preprocessor_config.json']);
  if (file === undefined) return undefined;
  try {
    const config: unknown = JSON.parse(await readFile(file.path, 'utf8'));
    // Whatever it calls itself, it belongs to a CLIP: its defaults are CLIP's.
    return isPlainObject(config) ? { image_processor_type: 'CLIPImageProcessor', ...config } : config;
  } catch (error) {
    throw new WeightsError({
      code: 'WEIGHTS_UNREADABLE',
      message: `${neededBy}: ${file.path} cannot be read as JSON: ${messageOf(error)}`,
      hint: 'Fetch the file anew, or remove it: CLIP’s usual preprocessing is then used.',
      data: { file: file.path },
      cause: error,
    });
  }
}

/** One forward pass; `undefined` when what comes out is not one vector an image. */
async function run(
  session: NetworkSession,
  dims: Preprocessor['dims'],
  inputs: readonly Float32Array[],
): Promise<readonly Float32Array[] | undefined> {
  const batch = { type: 'float32', data: joinPlanes(inputs), dims: [inputs.length, ...dims] } as const;
  const { [OUTPUT]: output } = await session.run({ [INPUT]: batch });
  if (output?.type !== 'float32' || output.dims.length !== 2 || output.dims[0] !== inputs.length) return;
  const dimension = output.dims[1] ?? 0;
  const { data: numbers } = output;
  return inputs.map((_, index) => numbers.slice(index * dimension, (index + 1) * dimension));
}

function checkArchitecture(session: NetworkSession, file: ModelFile, neededBy: string): void {
  const { inputNames, outputNames } = session;
  if (inputNames.length === 1 && inputNames[0] === INPUT && outputNames.includes(OUTPUT)) return;
  throw new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${file.path} is not CLIP's vision half: it takes ${inputNames.join(', ')} and gives ${outputNames.join(', ')}, but ${INPUT} alone should go in and ${OUTPUT} come out`,
    hint: `Name the vision half in clip.file, exported with its projection, e.g. onnx/vision_model.onnx.`,
    data: { file: file.path, inputNames, outputNames },
  });
}

function wrongOutput(file: ModelFile, neededBy: string): WeightsError {
  return new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${file.path} does not give one vector an image as ${OUTPUT}`,
    hint: 'Export the vision half of CLIP with its projection and a batch size that may vary.',
    data: { file: file.path },
  });
}

function noNetwork(neededBy: string, { model, dtype }: ClipOptions, names: readonly string[]): WeightsError {
  return new WeightsError({
    code: 'MODEL_FILE_NOT_FOUND',
    message: `${neededBy}: ${model} has no CLIP vision network as ONNX (${dtype}): looked for ${names.join(', ')}`,
    hint: 'docs/judges.md tells how to export one; Xenova/clip-vit-large-patch14 has fp32, fp16 and q8.',
    data: { model, names },
  });
}
