import { z } from 'zod';

/** The options of a judge that is a classifier of the Hugging Face Hub, or of a folder. */
const SHAPE = {
  model: z.string().min(1).describe('org/repo on the Hugging Face Hub, or a folder: ./my-model'),
  revision: z.string().min(1).optional().describe('a branch, tag or commit; default main'),
  sha256: z
    .union([hexDigest(), z.record(z.string(), hexDigest())])
    .optional()
    .describe('the SHA-256 of the network, or of files by their path'),
  dtype: z
    .enum(['fp32', 'fp16', 'q8'])
    .default('fp32')
    .describe('the precision of the weights; q8 is smallest'),
  file: z.string().min(1).optional().describe('the path of the network in the model, e.g. onnx/model.onnx'),
  safeLabels: labels().describe('every other label is unsafe'),
  unsafeLabels: labels().describe('every other label is safe'),
  threshold: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('unsafe from this score on; default: where the top label is unsafe'),
  function: z
    .enum(['softmax', 'sigmoid'])
    .optional()
    .describe('how scores come of the network; default: what the model says of itself'),
};

/** The options of `text-classifier` and `image-classifier`. */
export const classifierOptionsSchema = z
  .strictObject(SHAPE)
  .refine(({ safeLabels, unsafeLabels }) => (safeLabels === undefined) !== (unsafeLabels === undefined), {
    message: 'say which labels count: either safeLabels or unsafeLabels.',
    path: ['safeLabels'],
  });

/** The options of a judge that knows its model and its labels: all of them may be left out. */
export const namedClassifierOptionsSchema = z
  .strictObject({ ...SHAPE, model: SHAPE.model.optional() })
  .refine(({ safeLabels, unsafeLabels }) => safeLabels === undefined || unsafeLabels === undefined, {
    message: 'either safeLabels or unsafeLabels, not both.',
    path: ['safeLabels'],
  });

export type ClassifierOptions = z.output<typeof classifierOptionsSchema>;
export type NamedClassifierOptions = z.output<typeof namedClassifierOptionsSchema>;

/** A model whose labels we know. */
export interface KnownClassifier {
  /** The repository that the paper names. */
  readonly model: string;
  readonly safeLabels?: readonly string[] | undefined;
  readonly unsafeLabels?: readonly string[] | undefined;
  /** A repository that holds the same weights as ONNX, for when the model's own does not. */
  readonly conversion?: string;
}

/** What a classifier is made from, its model and labels settled. */
export interface ClassifierSettings
  extends Omit<ClassifierOptions, 'safeLabels' | 'unsafeLabels'>,
    Pick<KnownClassifier, 'safeLabels' | 'unsafeLabels' | 'conversion'> {}

/**
 * The settings of a judge that knows its model: what the user says goes before what it knows. The
 * conversion stands in only where the user has not said which files to take.
 */
export function settingsOf(known: KnownClassifier, options: NamedClassifierOptions): ClassifierSettings {
  const { safeLabels, unsafeLabels } =
    options.safeLabels === undefined && options.unsafeLabels === undefined ? known : options;
  const settings = { ...options, model: options.model ?? known.model, safeLabels, unsafeLabels };
  const chosen = [options.model, options.revision, options.sha256, options.file];
  return known.conversion === undefined || chosen.some((choice) => choice !== undefined)
    ? settings
    : { ...settings, conversion: known.conversion };
}

function hexDigest() {
  return z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a SHA-256 has 64 hex digits')
    .transform((digest) => digest.toLowerCase());
}

function labels() {
  return z.array(z.string().min(1)).min(1).optional();
}
