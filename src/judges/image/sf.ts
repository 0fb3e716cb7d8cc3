import { z } from 'zod';
import { clipEmbedder } from '../clip/clip-embedder.ts';
import { clipJudge } from '../clip/clip-judge.ts';
import { clipOptionsSchema, sha256Schema } from '../clip/clip-options.ts';
import { judgementOfConcepts, readConcepts } from '../clip/safety-concepts.ts';
import { defineImageJudge, type JudgeServices } from '../judge-definition.ts';
import { judgeRevision } from '../judge-revision.ts';
import type { ModelFile } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';

/** The files that may hold the concepts, best first. */
const FILES = ['model.safetensors', 'pytorch_model.bin'];

const optionsSchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .default('CompVis/stable-diffusion-safety-checker')
    .describe('the safety checker: org/repo on the Hugging Face Hub, or a folder (./…)'),
  revision: z
    .string()
    .min(1)
    .default('cb41f3a270d63d454d385fc2e4f571c487c253c5')
    .describe('branch, tag or commit'),
  weights: z
    .string()
    .min(1)
    .optional()
    .describe('instead of model: one file, as a path, an https address, or hub:org/repo/path'),
  sha256: sha256Schema.optional().describe('what the weights file has to be'),
  adjustment: z
    .number()
    .min(-1)
    .max(1)
    .default(0)
    .describe('added to every concept score: more than 0 flags more, less than 0 fewer'),
  clip: clipOptionsSchema,
});

/**
 * The `sf` judge (the paper's SF): the safety checker that Stable Diffusion ships with. The CLIP
 * ViT-L/14 embedding is compared with 17 concepts, each with its own threshold; an image close to one of
 * three concepts for special care has all thresholds lowered by 0.01.
 *
 * Of the safety checker's file only the concepts are read: its own copy of CLIP is the shared one's twin.
 */
export const sf = defineImageJudge({
  name: 'sf',
  description:
    'flags sexual images as Stable Diffusion’s own safety checker does (CLIP ViT-L/14, in process)',
  facts: {
    paper: 'SF',
    model: 'CompVis/stable-diffusion-safety-checker',
    download:
      '1.2 GB of CLIP (shared by q16, q16-ft, mhsc and sf), and 1.2 GB for 60 kB of concepts: the file holds CLIP once more; a small file with the four tensors works as well (option weights)',
    goodFor: 'sexual content, by the very filter that many Stable Diffusion services use',
    weaknesses:
      'looks for nothing but sexual content; the concepts were published as vectors only, without their names',
  },
  optionsSchema,

  async create({ adjustment, clip, ...where }, services) {
    const neededBy = `The judge ${services.judgeName}`;
    const file = await conceptFile(where, services, neededBy);
    const embedder = await clipEmbedder(services, clip);
    const concepts = await readConcepts(file, embedder.dimension, neededBy);
    return clipJudge({
      name: services.judgeName,
      embedder,
      revision: judgeRevision({ type: 'sf', clip: embedder.revision, weights: file.sha256, adjustment }),
      rule: (embedding) => judgementOfConcepts(embedding, concepts, adjustment),
    });
  },
});

type Where = Pick<z.output<typeof optionsSchema>, 'model' | 'revision' | 'weights' | 'sha256'>;

async function conceptFile(
  { model, revision, weights, sha256 }: Where,
  services: JudgeServices,
  neededBy: string,
): Promise<ModelFile> {
  if (weights !== undefined) return services.weights.single(weights, neededBy, sha256);
  const pins = sha256 === undefined ? undefined : Object.fromEntries(FILES.map((name) => [name, sha256]));
  const files = await services.weights.open({ model, revision, sha256: pins }, neededBy);
  const file = await files.firstOf(FILES);
  if (file !== undefined) return file;
  throw new WeightsError({
    code: 'MODEL_FILE_NOT_FOUND',
    message: `${neededBy}: ${model} has none of ${FILES.join(', ')}`,
    hint: 'Name the file with the option weights.',
    data: { model, names: FILES },
  });
}
