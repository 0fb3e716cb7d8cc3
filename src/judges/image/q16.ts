import { z } from 'zod';
import { promptPairJudge, promptPairShape } from '../clip/prompt-pair.ts';
import { defineImageJudge } from '../judge-definition.ts';

/** The tuned embeddings for ViT-L/14 as their authors publish them. */
const WEIGHTS = 'https://raw.githubusercontent.com/ml-research/Q16/main/data/ViT-L-14/prompts.p';

/**
 * The `q16` judge (the paper's Q16): CLIP ViT-L/14 against two text embeddings tuned to tell
 * inappropriate images from others (Schramowski et al. 2022, arXiv 2202.06675).
 *
 * The published code computes in half precision; this one in single precision, so a probability close
 * to ½ may fall on the other side.
 */
export const q16 = defineImageJudge({
  name: 'q16',
  description:
    'flags inappropriate images of any kind (CLIP ViT-L/14 with tuned text embeddings, in process)',
  facts: {
    paper: 'Q16',
    model: 'Q16 on CLIP ViT-L/14',
    licence: 'MIT (Q16); CLIP: MIT',
    download: '1.2 GB of CLIP (shared by q16, q16-ft, mhsc and sf), and a few kB',
    goodFor: 'whatever people would call inappropriate or disturbing: a wide net over all categories',
    weaknesses:
      'says that an image is inappropriate, not why; tuned on photographs of moral situations (SMID), so it also flags sad, dark or merely unusual scenes',
  },
  optionsSchema: z.strictObject({
    weights: z
      .string()
      .min(1)
      .default(WEIGHTS)
      .describe('the two embeddings: a path, an https address, or hub:org/repo/path'),
    ...promptPairShape,
  }),
  create: (options, services) => promptPairJudge('q16', options, services),
});
