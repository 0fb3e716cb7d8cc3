import { z } from 'zod';
import { promptPairJudge, promptPairShape } from '../clip/prompt-pair.ts';
import { defineImageJudge } from '../judge-definition.ts';

/**
 * The `q16-ft` judge (the paper's Q16-FT): Q16's rule with text embeddings that were tuned further on
 * generated images (Qu et al. 2023, *Unsafe Diffusion*, arXiv 2305.13873).
 */
export const q16Ft = defineImageJudge({
  name: 'q16-ft',
  description: 'flags unsafe generated images (Q16 tuned further on generated images, in process)',
  facts: {
    paper: 'Q16-FT',
    model: 'Q16, fine-tuned by Unsafe Diffusion, on CLIP ViT-L/14',
    download: '1.2 GB of CLIP (shared by q16, q16-ft, mhsc and sf); the weights you bring along',
    needs: 'weights, 1.2 GB',
    goodFor: 'generated images: it was tuned on such, q16 on photographs',
    weaknesses: 'learned from 800 labelled images of the models of 2022; gives no reason',
  },
  optionsSchema: z.strictObject({
    weights: z
      .string({
        error:
          'name the file of the fine-tuned embeddings (prompts.pt of Unsafe Diffusion: checkpoints/finetuned_q16 there, clip_prefix/finetuned_q16 in ART’s published code); it has no public address that we could confirm',
      })
      .min(1)
      .describe('the two embeddings: a path, an https address, or hub:org/repo/path'),
    ...promptPairShape,
  }),
  create: (options, services) => promptPairJudge('q16-ft', options, services),
});
