import { z } from 'zod';
import { modelConfigSchema, readModelJson } from '../classifiers/model-json.ts';
import { requireInput } from '../classifiers/network-io.ts';
import { type EncodedText, openTextEncoder } from '../classifiers/text-encoder.ts';
import { judgeRevision } from '../judge-revision.ts';
import type { ModelFiles } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';
import type { JudgeRuntime, NetworkTensor } from './judge-runtime.ts';
import { networkRevision, openNetwork } from './network-files.ts';

/** As many texts as go through the network at once. */
const BATCH_SIZE = 16;

/** Turns texts into vectors whose cosine says how near their meanings are. */
export interface SentenceEmbedder {
  /** How long the vectors are. */
  readonly dimensions: number;
  /** What all embeddings follow from, as a short hash. */
  readonly revision: string;
  /** One vector of length 1 a text, in the same order; of a text that is too long, of its beginning. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

export interface SentenceEmbedderOptions {
  /** For messages, e.g. `The diversity table`. */
  readonly neededBy?: string;
  /**
   * Where texts are cut off; default: `max_seq_length` of the model's `sentence_bert_config.json` (256 for
   * all-MiniLM-L6-v2), else what the network takes.
   */
  readonly maxTokens?: number;
}

/**
 * A sentence transformer such as `sentence-transformers/all-MiniLM-L6-v2`: the mean of the vectors of all
 * tokens, normalised (Reimers & Gurevych 2019, arXiv 1908.10084).
 *
 * @param files a model with `onnx/model.onnx` or `model.onnx`, `config.json` and `tokenizer.json`
 * @param options how texts are cut off, and what messages say
 * @throws {@link WeightsError} where the files are missing, damaged, or not those of a text encoder;
 *   UsageError for a missing package
 */
export async function createSentenceEmbedder(
  files: ModelFiles,
  runtime: JudgeRuntime,
  { neededBy = 'The embedder of texts', maxTokens }: SentenceEmbedderOptions = {},
): Promise<SentenceEmbedder> {
  const opened = (await openNetwork(files, ['onnx/model.onnx', 'model.onnx'])) ?? {
    // Not there: this says so.
    network: await files.file('model.onnx'),
  };
  const { network } = opened;
  const config = await readModelJson(await files.file('config.json'), modelConfigSchema, neededBy);
  const encoder = await openTextEncoder(
    files,
    config,
    neededBy,
    maxTokens ?? (await trainedLength(files, neededBy)),
  );
  const session = await runtime.session(network, neededBy);
  requireInput(session, 'input_ids', network, neededBy, 'texts');

  async function embedBatch(texts: readonly EncodedText[]): Promise<Float32Array[]> {
    const inputs = encoder.batch(texts, session.inputNames);
    const name = session.outputNames.includes('last_hidden_state')
      ? 'last_hidden_state'
      : (session.outputNames[0] ?? '');
    const output = (await session.run(inputs))[name];
    const [count, length, width] = output?.dims ?? [];
    if (
      output?.type !== 'float32' ||
      output.dims.length !== 3 ||
      count !== texts.length ||
      !length ||
      !width
    ) {
      throw new WeightsError({
        code: 'WRONG_ARCHITECTURE',
        message: `${neededBy}: ${network.path} gives no vector a token: its output ${name} is [${output?.dims.join(', ') ?? ''}]`,
        hint: 'Export it with the task feature-extraction.',
        data: { file: network.path, output: name, dims: output?.dims },
      });
    }
    return texts.map(({ ids }, row) => unit(meanOf(output, row * length * width, ids.length, width)));
  }

  const [probe] = await embedBatch([encoder.encode('a')]);
  return {
    dimensions: probe?.length ?? 0,
    revision: judgeRevision({ type: 'sentence-embedder', ...networkRevision(opened), ...encoder.revision }),
    async embed(texts) {
      const encoded = texts.map((text) => encoder.encode(text));
      const vectors: Float32Array[] = [];
      for (let start = 0; start < encoded.length; start += BATCH_SIZE)
        vectors.push(...(await embedBatch(encoded.slice(start, start + BATCH_SIZE))));
      return vectors;
    },
  };
}

/** The length that the model was trained for, where it says one: shorter than what its network takes. */
async function trainedLength(files: ModelFiles, neededBy: string): Promise<number | undefined> {
  const file = await files.firstOf(['sentence_bert_config.json']);
  if (file === undefined) return undefined;
  const schema = z.looseObject({ max_seq_length: z.number().int().positive().nullish() });
  return (await readModelJson(file, schema, neededBy)).max_seq_length ?? undefined;
}

/** The mean of the vectors of a text's tokens; the padding after them does not count. */
function meanOf(
  { data }: Extract<NetworkTensor, { type: 'float32' }>,
  start: number,
  tokens: number,
  width: number,
) {
  const mean = new Float64Array(width);
  for (let token = 0; token < tokens; token++) {
    for (let at = 0; at < width; at++) mean[at] = (mean[at] ?? 0) + (data[start + token * width + at] ?? 0);
  }
  return mean.map((total) => total / tokens);
}

function unit(vector: Float64Array): Float32Array {
  // As PyTorch's normalize: a vector of nothing stays one.
  const length = Math.max(Math.hypot(...vector), 1e-12);
  return Float32Array.from(vector, (number) => number / length);
}
