import type { FinetunePlan } from './finetune-plan.ts';
import { perDevice } from './finetune-plan.ts';

/** The shapes of a transformer that memory follows from. */
export interface ModelShape {
  /** All parameters, in number. */
  readonly parameters: number;
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  /** Width of keys and values together with their heads: smaller than `hidden` with grouped queries. */
  readonly keyValue: number;
  readonly vocabulary: number;
}

/** What an estimate is made of, in bytes. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly adapter: number;
  /** Gradients and Adam's two moments of the adapter. */
  readonly optimiser: number;
  readonly activations: number;
  readonly logits: number;
  readonly low: number;
  readonly high: number;
  readonly adapterParameters: number;
}

const MISTRAL_7B = { layers: 32, hidden: 4096, intermediate: 14_336, keyValue: 1024, vocabulary: 32_064 };

/** Models whose shapes are known, from their configuration files. */
const SHAPES: Readonly<Record<string, ModelShape>> = {
  'meta-llama/Llama-2-7b-hf': {
    parameters: 6_738_415_616,
    layers: 32,
    hidden: 4096,
    intermediate: 11_008,
    keyValue: 4096,
    vocabulary: 32_000,
  },
  'liuhaotian/llava-v1.6-mistral-7b': { parameters: 7_566_747_648, ...MISTRAL_7B },
  'llava-hf/llava-v1.6-mistral-7b-hf': { parameters: 7_566_747_648, ...MISTRAL_7B },
};

/** The shape of a model: its own where it is known, else that of Llama of so many parameters. */
export function shapeOf(baseModel: string, parameters: number | undefined): ModelShape | undefined {
  const known = SHAPES[baseModel];
  if (known !== undefined) return known;
  if (parameters === undefined) return undefined;
  const llama = SHAPES['meta-llama/Llama-2-7b-hf'];
  if (llama === undefined) return undefined;
  // Depth and width grow together: parameters go with layers × hidden².
  const scale = Math.cbrt(parameters / llama.parameters);
  const times = (value: number) => Math.max(1, Math.round(value * scale));
  return {
    parameters,
    layers: times(llama.layers),
    hidden: times(llama.hidden),
    intermediate: times(llama.intermediate),
    keyValue: times(llama.keyValue),
    vocabulary: llama.vocabulary,
  };
}

/** The parameters of LoRA: rank × (in + out) for each matrix that it adapts. */
export function adapterParameters(
  { layers, hidden, intermediate, keyValue }: ModelShape,
  rank: number,
  targets: 'language-model' | readonly string[],
): number {
  const matrices: Readonly<Record<string, number>> = {
    q_proj: hidden + hidden,
    k_proj: hidden + keyValue,
    v_proj: hidden + keyValue,
    o_proj: hidden + hidden,
    gate_proj: hidden + intermediate,
    up_proj: hidden + intermediate,
    down_proj: intermediate + hidden,
  };
  const names = targets === 'language-model' ? Object.keys(matrices) : targets;
  return layers * rank * names.reduce((sum, name) => sum + (matrices[name] ?? hidden + hidden), 0);
}

/** Beside what is counted: the context of CUDA, buffers, fragments. */
const OVERHEAD = { low: 1e9, high: 3e9 };
/** Four bits, and the scales of blocks of 64. */
const NF4_BYTES = 0.55;
/** Values of one layer that are held while it is computed anew, in hidden widths. */
const LAYER_WIDTHS = 34;

/**
 * Estimates the memory of one GPU: weights, adapter, gradients and Adam's moments of the adapter in 32 bits, activations with
 * gradient checkpointing (one hidden state a layer, and one layer in full), logits in 32 bits twice. The range is
 * the sum with 1 to 3 GB for CUDA, and a fifth more for what fragments and kernels take.
 *
 * An estimate: it has not been measured on a GPU.
 *
 * Source of the parts: Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models", arXiv 2205.05198
 * (34 hidden widths a layer); Hu et al., "LoRA", arXiv 2106.09685; Dettmers et al., "QLoRA", arXiv 2305.14314.
 */
export function estimateMemory(shape: ModelShape, plan: FinetunePlan): MemoryEstimate {
  const { recipe } = plan;
  const bytes = recipe.floatType.value === 'float32' ? 4 : 2;
  const weights = shape.parameters * (plan.quantise ? NF4_BYTES : bytes);
  const count = adapterParameters(shape, recipe.rank.value, recipe.targetModules.value);
  const adapter = count * 4;
  const optimiser = count * (4 + 8);
  const tokens = perDevice(plan).batch * recipe.maxLength.value * (plan.method === 'dpo' ? 2 : 1);
  const activations = tokens * shape.hidden * bytes * (shape.layers + LAYER_WIDTHS / 2);
  const logits = tokens * shape.vocabulary * 4 * 2;
  const sum = weights + adapter + optimiser + activations + logits;
  return {
    weights,
    adapter,
    optimiser,
    activations,
    logits,
    low: sum + OVERHEAD.low,
    high: 1.2 * sum + OVERHEAD.high,
    adapterParameters: count,
  };
}

/** The estimate in a sentence or two. */
export function memoryLines(estimate: MemoryEstimate, plan: FinetunePlan): string[] {
  const gigabytes = (value: number) => (value / 1e9).toFixed(1);
  const { batch } = perDevice(plan);
  return [
    `Memory: some ${Math.round(estimate.low / 1e9)} to ${Math.round(estimate.high / 1e9)} GB on one GPU (estimated, not measured): weights ${gigabytes(estimate.weights)}, adapter with its optimiser ${gigabytes(estimate.adapter + estimate.optimiser)}, activations ${gigabytes(estimate.activations)}, logits ${gigabytes(estimate.logits)},`,
    `  for ${batch} ${batch === 1 ? 'row' : 'rows'} of ${plan.recipe.maxLength.value} tokens at once with gradient checkpointing${plan.quantise ? ', weights in 4 bits' : '; --quantise 4bit takes less'}.`,
  ];
}
