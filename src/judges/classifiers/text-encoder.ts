import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { NetworkTensor } from '../runtime/judge-runtime.ts';
import type { ModelFiles } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';
import { type ModelConfig, readModelJson } from './model-json.ts';

/** What is beyond cannot be among the first tokens, and would only take time. */
const MAX_CHARACTERS = 100_000;

/** Of how a text becomes tokens here; another one gives other revisions. */
const ENCODING_VERSION = 1;

/** Where neither tokenizer nor network says how long a text may be. */
const USUAL_MAX_TOKENS = 512;

/** A text as a network takes it. */
export interface EncodedText {
  readonly ids: readonly number[];
  /** How many tokens there would be without a limit; at least so many where the text itself was cut. */
  readonly tokens: number;
  readonly truncated: boolean;
}

/** Turns texts into the numbers that a network takes. */
export interface TextEncoder {
  /** The most tokens that the network takes, its own marks included. */
  readonly maxTokens: number;
  /** What the encoding follows from. */
  readonly revision: Readonly<Record<string, unknown>>;
  /** The tokens of a text; what is beyond `maxTokens` is cut off, as Python's tokenizers do it. */
  encode(text: string): EncodedText;
  /**
   * Encoded texts as the inputs of one run, padded to the longest of them.
   *
   * @param inputNames what the network takes
   */
  batch(texts: readonly EncodedText[], inputNames: readonly string[]): Record<string, NetworkTensor>;
}

const tokenizerConfigSchema = z.looseObject({
  // Where the model does not limit it, Python writes 10^30.
  model_max_length: z.number().positive().nullish(),
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});

/**
 * Opens the tokenizer of a model.
 *
 * @param limit a lower limit of tokens than the model's own
 * @param neededBy e.g. `The judge td`
 * @throws {@link WeightsError} where there is no `tokenizer.json`, or it cannot be read
 */
export async function openTextEncoder(
  files: ModelFiles,
  config: ModelConfig,
  neededBy: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<TextEncoder> {
  const file = await files.firstOf(['tokenizer.json']);
  if (file === undefined) {
    throw looksAtImages(config) ? noModelOfTexts(files, neededBy) : await noTokenizer(files, neededBy);
  }
  const json = await readModelJson(file, z.looseObject({}), neededBy);
  const configFile = await files.firstOf(['tokenizer_config.json']);
  const settings =
    configFile === undefined ? {} : await readModelJson(configFile, tokenizerConfigSchema, neededBy);

  let tokenizer: Tokenizer;
  let marks: { readonly before: readonly number[]; readonly after: readonly number[] };
  try {
    tokenizer = new Tokenizer(json, settings);
    marks = marksOf(tokenizer);
  } catch (error) {
    throw new WeightsError({
      code: 'WEIGHTS_UNREADABLE',
      message: `${neededBy}: ${file.path} is no tokenizer that can be read: ${messageOf(error)}`,
      hint: 'Fetch or export the model anew.',
      data: { file: file.path },
      cause: error,
    });
  }
  const padToken = typeof settings.pad_token === 'object' ? settings.pad_token?.content : settings.pad_token;
  const padId = config.pad_token_id ?? (padToken == null ? undefined : tokenizer.token_to_id(padToken)) ?? 0;
  const maxTokens = Math.min(limit, settings.model_max_length ?? Number.POSITIVE_INFINITY, positions(config));
  const room = Math.max(1, maxTokens - marks.before.length - marks.after.length);

  return {
    maxTokens,
    revision: {
      encoding: ENCODING_VERSION,
      tokenizer: file.sha256,
      tokenizerConfig: configFile?.sha256,
      maxTokens,
      padId,
    },
    encode(text) {
      const cut = text.length > MAX_CHARACTERS;
      const ids: number[] = tokenizer.encode(cut ? text.slice(0, MAX_CHARACTERS) : text, {
        add_special_tokens: false,
      }).ids;
      return {
        ids: [...marks.before, ...ids.slice(0, room), ...marks.after],
        tokens: ids.length + marks.before.length + marks.after.length,
        truncated: cut || ids.length > room,
      };
    },
    batch(texts, inputNames) {
      const length = Math.max(1, ...texts.map(({ ids }) => ids.length));
      const dims = [texts.length, length];
      const inputIds = new BigInt64Array(texts.length * length).fill(BigInt(padId));
      const mask = new BigInt64Array(texts.length * length);
      for (const [row, { ids }] of texts.entries()) {
        for (const [column, id] of ids.entries()) {
          inputIds[row * length + column] = BigInt(id);
          mask[row * length + column] = 1n;
        }
      }
      const inputs: Record<string, NetworkTensor> = {
        input_ids: { type: 'int64', data: inputIds, dims },
        attention_mask: { type: 'int64', data: mask, dims },
        // One text alone is all of the first kind.
        token_type_ids: { type: 'int64', data: new BigInt64Array(texts.length * length), dims },
      };
      return Object.fromEntries(
        Object.entries(inputs).filter(([name]) => name === 'input_ids' || inputNames.includes(name)),
      );
    },
  };
}

/** What the tokenizer puts before and after a text, e.g. `[CLS]` and `[SEP]`. */
function marksOf(tokenizer: Tokenizer): { before: number[]; after: number[] } {
  const plain: number[] = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const ids: number[] = tokenizer.encode('a').ids;
  const extra = ids.length - plain.length;
  for (let before = 0; before <= extra; before++) {
    if (plain.every((id, index) => ids[before + index] === id))
      return { before: ids.slice(0, before), after: ids.slice(before + plain.length) };
  }
  throw new Error('its special tokens stand within the text');
}

/** How many tokens the network has positions for; RoBERTa counts them from behind the padding's. */
function positions({ model_type, max_position_embeddings, pad_token_id }: ModelConfig): number {
  if (max_position_embeddings == null) return USUAL_MAX_TOKENS;
  const shifted = model_type !== undefined && /roberta|camembert|longformer|mpnet/.test(model_type);
  return shifted ? max_position_embeddings - (pad_token_id ?? 1) - 1 : max_position_embeddings;
}

/** Only models of images have a size of image, or of the patches that they cut it into. */
function looksAtImages(config: ModelConfig): boolean {
  return config.image_size !== undefined || config.patch_size !== undefined;
}

function noModelOfTexts({ source: { model } }: ModelFiles, neededBy: string): WeightsError {
  return new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${model} is a model of images, and has no tokenizer`,
    hint: 'Judges of prompts need a model of texts; this one belongs under judges.image.',
    data: { model },
  });
}

async function noTokenizer(files: ModelFiles, neededBy: string): Promise<WeightsError> {
  const { model } = files.source;
  const vocabulary = await files.firstOf([
    'vocab.txt',
    'vocab.json',
    'merges.txt',
    'spiece.model',
    'sentencepiece.bpe.model',
  ]);
  const folder = `./${model.split('/').at(-1) ?? 'model'}`;
  const command = `python -c "from transformers import AutoTokenizer; AutoTokenizer.from_pretrained('${model}').save_pretrained('${folder}')"`;
  const has = vocabulary === undefined ? '' : `, only the older ${vocabulary.name}`;
  return new WeightsError({
    code: 'MODEL_FILE_NOT_FOUND',
    message: `${neededBy}: ${model} has no tokenizer.json${has}`,
    hint: `Exporting the model with optimum-cli writes one, and so does: ${command}`,
    data: { model, command },
  });
}
