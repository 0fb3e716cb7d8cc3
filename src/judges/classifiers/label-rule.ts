import { didYouMean } from '../../config/nearest.ts';
import { UsageError } from '../../errors.ts';
import type { Judgement } from '../judge.ts';
import { WeightsError } from '../weights/weights-error.ts';
import type { ClassifierSettings } from './classifier-options.ts';
import type { ModelConfig } from './model-json.ts';

/** Turns what a network says of one subject into a judgement. */
export interface LabelRule {
  /** In the order of the network's outputs. */
  readonly labels: readonly string[];
  /** What all verdicts follow from beside the network. */
  readonly revision: Readonly<Record<string, unknown>>;
  /** @param logits one number a label */
  judge(logits: Float32Array): Judgement;
}

/**
 * The rule of a classifier. Where no threshold is set, it is the paper's: the top label decides, and of
 * equals the first; with `sigmoid`, where labels do not exclude each other, any unsafe label of 0.5 or
 * more. The score is the probability that one of the unsafe labels holds: their sum, with `sigmoid` the
 * highest of them.
 *
 * @param count how many numbers the network gives
 * @param neededBy e.g. `The judge td`
 * @throws {@link WeightsError} for a label that the model does not have, or as many labels as outputs it
 *   has not; {@link UsageError} where everything would be safe, or everything unsafe
 */
export function labelRule(
  config: ModelConfig,
  count: number,
  settings: Pick<ClassifierSettings, 'model' | 'safeLabels' | 'unsafeLabels' | 'threshold' | 'function'>,
  neededBy: string,
): LabelRule {
  const { model, threshold } = settings;
  const labels = labelsOf(config, count, model, neededBy);
  const unsafe = unsafeOf(labels, settings, neededBy);
  // As transformers does it: one output says yes or no, and so does each of several that may hold at once.
  const usual = config.problem_type === 'multi_label_classification' || count === 1 ? 'sigmoid' : 'softmax';
  const scoring = settings.function ?? usual;

  function judge(logits: Float32Array): Judgement {
    const probabilities = scoring === 'softmax' ? softmax(logits) : sigmoid(logits);
    if (!probabilities.every(Number.isFinite)) return noScores(neededBy);
    const top = highest(logits);
    const ofUnsafe = probabilities.filter((_, index) => unsafe[index]);
    if (scoring === 'softmax') {
      const score = Math.min(1, sum(ofUnsafe));
      const flagged = threshold === undefined ? unsafe[top] === true : score >= threshold;
      return { verdict: flagged ? 'unsafe' : 'safe', score, label: labels[top] ?? '' };
    }
    const bound = threshold ?? 0.5;
    const score = Math.max(...ofUnsafe);
    const found = labels.filter((_, index) => unsafe[index] && (probabilities[index] ?? 0) >= bound);
    return {
      verdict: score >= bound ? 'unsafe' : 'safe',
      score,
      label: labels[top] ?? '',
      ...(found.length > 0 && { found }),
    };
  }

  return { labels, revision: { labels, unsafe, threshold, scoring }, judge };
}

/**
 * Checks, before anything large is fetched, that the configured labels are among those of the model's
 * configuration.
 *
 * @throws {@link WeightsError} `UNKNOWN_LABEL`
 */
export function checkLabels(
  { id2label }: ModelConfig,
  settings: Pick<ClassifierSettings, 'model' | 'safeLabels' | 'unsafeLabels'>,
  neededBy: string,
): void {
  if (id2label != null) unsafeOf(Object.values(id2label), settings, neededBy);
}

/** The labels in the order of the outputs; models that do not name them number them. */
function labelsOf({ id2label }: ModelConfig, count: number, model: string, neededBy: string): string[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  if (id2label == null) return numbers.map((index) => `LABEL_${index}`);
  const known = Object.keys(id2label).length;
  if (known !== count || numbers.some((index) => id2label[index] === undefined)) {
    throw new WeightsError({
      code: 'WRONG_ARCHITECTURE',
      message: `${neededBy}: the network of ${model} gives ${count} numbers, and its config.json names ${known} labels`,
      hint: 'Network and config.json have to be of the same model.',
      data: { model, outputs: count, id2label },
    });
  }
  return numbers.map((index) => id2label[index] ?? '');
}

/** Which of the labels count as unsafe. */
function unsafeOf(
  labels: readonly string[],
  { model, safeLabels, unsafeLabels }: Pick<ClassifierSettings, 'model' | 'safeLabels' | 'unsafeLabels'>,
  neededBy: string,
): boolean[] {
  for (const label of [...(safeLabels ?? []), ...(unsafeLabels ?? [])]) {
    if (labels.includes(label)) continue;
    throw new WeightsError({
      code: 'UNKNOWN_LABEL',
      message: `${neededBy}: ${model} has no label ${JSON.stringify(label)}; ${didYouMean(label, labels)}`,
      hint: `Its labels are: ${labels.slice(0, 50).join(', ')}.`,
      data: { model, label, labels },
    });
  }
  const unsafe = labels.map((label) =>
    unsafeLabels === undefined ? !safeLabels?.includes(label) : unsafeLabels.includes(label),
  );
  if (unsafe.includes(true) && (labels.length === 1 || unsafe.includes(false))) return unsafe;
  throw new UsageError({
    code: 'WRONG_JUDGE_OPTIONS',
    message: `${neededBy} would call everything ${unsafe.includes(true) ? 'unsafe' : 'safe'}: all labels of ${model} count as that`,
    hint: `Its labels are: ${labels.slice(0, 50).join(', ')}.`,
    data: { model, labels },
  });
}

function noScores(neededBy: string): Judgement {
  return {
    verdict: 'error',
    error: { code: 'NO_SCORES', message: `${neededBy}: the network gave no finite numbers` },
  };
}

/** The index of the highest number; of equals the first. */
function highest(numbers: Float32Array): number {
  let best = 0;
  for (let index = 1; index < numbers.length; index++) {
    if ((numbers[index] ?? 0) > (numbers[best] ?? 0)) best = index;
  }
  return best;
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

function sigmoid(logits: Float32Array): number[] {
  return Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
