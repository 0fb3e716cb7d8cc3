import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import { z } from 'zod';
import { ArtError } from '../../errors.ts';
import { requireOptional } from '../optional-packages.ts';

/** The classes that the network tells apart, in the order of its outputs. */
export const NSFWJS_CLASSES = ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'] as const;

/** Width and height of the network's input. */
export const NSFWJS_SIZE = 224;

/** The versions that we tried. */
const PACKAGES = {
  nsfwjs: '^4.4.0',
  '@tensorflow/tfjs': '^4.22.0',
  '@tensorflow/tfjs-backend-wasm': '^4.22.0',
};

/** The network, loaded. */
export interface NsfwjsNetwork {
  /** Of its layers and weights, in hex. */
  readonly sha256: string;
  /**
   * The probability of each class, in the order of {@link NSFWJS_CLASSES}.
   *
   * @param pixels 224 × 224 RGB
   */
  classify(pixels: Uint8Array): Promise<Float32Array>;
  /** How many tensors are held, of this network and of everything else in the process. */
  tensors(): number;
  close(): void;
}

const modelJsonSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(
    z.object({
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.number()),
          dtype: z.enum(['float32', 'int32', 'bool', 'string', 'complex64']),
          quantization: z
            .object({
              scale: z.number().exactOptional(),
              min: z.number().exactOptional(),
              dtype: z.enum(['uint16', 'uint8', 'float16']),
            })
            .exactOptional(),
        }),
      ),
    }),
  ),
});

/**
 * Loads the MobileNetV2 network that ships in the npm package nsfwjs, on TensorFlow.js' WebAssembly
 * backend. Nothing is fetched.
 *
 * The weights are read from the package's files: through its own loader Node takes seconds, for it
 * looks at each of 3.5 million characters as a possible named export.
 *
 * @param configDir the folder of the configuration: the user's packages come first
 * @throws UsageError with the install command when a package is missing, {@link ArtError} when the
 *   installed nsfwjs keeps its weights elsewhere
 */
export async function loadNsfwjsNetwork(configDir: string): Promise<NsfwjsNetwork> {
  const load = requireOptional(
    PACKAGES,
    ['nsfwjs/core', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
    'The judge nsfwjs',
    configDir,
  );
  const tf: typeof TensorFlow = load('@tensorflow/tfjs');
  const wasm: typeof Wasm = load('@tensorflow/tfjs-backend-wasm');
  if (tf.getBackend() !== 'wasm') {
    wasm.setThreadsCount(Math.min(4, availableParallelism()));
    if (!(await tf.setBackend('wasm'))) throw unusable('the WebAssembly backend does not start');
  }
  await tf.ready();
  const { artifacts, sha256 } = readWeights(load);
  const model = await tf.loadLayersModel({ load: async () => artifacts });

  return {
    sha256,
    async classify(pixels) {
      const output = tf.tidy(() => {
        const input = tf.tensor4d(toUnitRange(pixels), [1, NSFWJS_SIZE, NSFWJS_SIZE, 3]);
        const predicted = model.predict(input);
        return Array.isArray(predicted) ? predicted[0] : predicted;
      });
      if (output === undefined) throw unusable('the network has no output');
      try {
        return Float32Array.from(await output.data());
      } finally {
        output.dispose();
      }
    },
    tensors: () => tf.memory().numTensors,
    close: () => void model.dispose(),
  };
}

/** Bytes as numbers from 0 to 1; a plain loop, ten times faster than `Float32Array.from`. */
function toUnitRange(pixels: Uint8Array): Float32Array {
  const numbers = new Float32Array(pixels.length);
  for (let index = 0; index < pixels.length; index++) numbers[index] = (pixels[index] ?? 0) / 255;
  return numbers;
}

function readWeights(load: NodeJS.Require): {
  readonly artifacts: TensorFlow.io.ModelArtifacts;
  readonly sha256: string;
} {
  // nsfwjs/core is <package>/dist/cjs/core.js; the files of the networks lie in <package>/dist/models.
  const folder = join(dirname(load.resolve('nsfwjs/core')), '..', 'models', 'mobilenet_v2');
  let json: unknown;
  let weights: unknown;
  try {
    json = load(join(folder, 'model.min.js'));
    weights = load(join(folder, 'group1-shard1of1.min.js'));
  } catch (error) {
    throw unusable(`its network cannot be read from ${folder}`, error);
  }
  const model = modelJsonSchema.safeParse(json);
  if (!model.success || typeof weights !== 'string')
    throw unusable(`its network in ${folder} has another layout`);
  const weightData = Uint8Array.from(Buffer.from(weights, 'base64'));
  return {
    artifacts: {
      modelTopology: model.data.modelTopology,
      weightSpecs: model.data.weightsManifest.flatMap((group) => group.weights),
      weightData: weightData.buffer,
    },
    sha256: createHash('sha256').update(JSON.stringify(model.data)).update(weightData).digest('hex'),
  };
}

function unusable(why: string, cause?: unknown): ArtError {
  return new ArtError({
    code: 'NSFWJS_UNUSABLE',
    message: `The installed nsfwjs cannot be used: ${why}`,
    hint: `npm install ${Object.entries(PACKAGES)
      .map(([name, version]) => `${name}@${version}`)
      .join(' ')}`,
    cause,
  });
}
