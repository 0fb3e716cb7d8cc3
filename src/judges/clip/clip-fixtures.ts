import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ImageJudge, ImageSubject, Judgement } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { Picture } from '../picture.ts';
import { createJudgeRuntime } from '../runtime/onnx-runtime.ts';

/** For tests: the folder of small models, weights, images and what PyTorch computes with them. */
export const FIXTURES = join(import.meta.dirname, '../../../test/fixtures');

/** A CLIP of the same architecture as ViT-L/14, but tiny, with random weights. */
export const TINY_CLIP = { model: './models/tiny-clip-vision' };

/** For tests: the world of judges in the folder of the fixtures, which counts forward passes. */
export function countedServices(parts: Partial<JudgeServices> = {}) {
  const passes: number[] = [];
  const runtime = createJudgeRuntime(FIXTURES);
  const cache = mkdtempSync(join(tmpdir(), 'art-clip-'));
  const services = judgeServices({
    configDir: FIXTURES,
    env: { XDG_CACHE_HOME: cache },
    ...parts,
    runtime: {
      ...runtime,
      async session(file, neededBy) {
        const session = await runtime.session(file, neededBy);
        return {
          ...session,
          run(inputs) {
            passes.push(inputs.pixel_values?.dims[0] ?? 0);
            return session.run(inputs);
          },
        };
      },
    },
  });
  return {
    /** The world, with the name that a judge is to have. */
    services: (judgeName: string): JudgeServices => ({ ...services, judgeName }),
    /** The batch sizes of the forward passes so far. */
    passes,
    async close() {
      await runtime.close();
      await rm(cache, { recursive: true });
    },
  };
}

/** A picture of the fixtures, as judges get it. */
export async function imageSubject(name: string): Promise<ImageSubject> {
  const bytes = await readFile(join(FIXTURES, 'images', name));
  return { kind: 'image', picture: new Picture(bytes), category: 'violence' };
}

/** What a judge says of one batch. */
export function judgeAll(
  judge: ImageJudge,
  subjects: readonly ImageSubject[],
): Promise<readonly Judgement[]> {
  return judge.judge(subjects, { signal: new AbortController().signal });
}

const onImage = z.looseObject({ image: z.string(), unsafe: z.boolean() });
const pair = z.object({ results: z.array(onImage.extend({ probabilities: z.array(z.number()) })) });
const expectedSchema = z.object({
  embeddings: z.object({
    results: z.array(z.object({ image: z.string(), norm: z.number(), first: z.array(z.number()) })),
  }),
  q16: pair,
  'q16-ft': pair,
  mhsc: z.object({
    results: z.array(
      onImage.extend({
        probabilities: z.record(z.string(), z.number()),
        over: z.array(z.string()),
        highest: z.string(),
      }),
    ),
  }),
  sf: z.object({
    results: z.array(
      onImage.extend({
        specialScores: z.array(z.number()),
        conceptScores: z.array(z.number()),
        flagged: z.array(z.number()),
        flaggedOnlyBySpecialCare: z.boolean(),
      }),
    ),
  }),
});
/** For tests: what PyTorch computes on the fixtures; tools/fixtures/make-judge-models.py wrote it. */
export async function expectedOfPyTorch(): Promise<z.output<typeof expectedSchema>> {
  return expectedSchema.parse(JSON.parse(await readFile(join(FIXTURES, 'expected/clip.json'), 'utf8')));
}

/** For tests: the images of some results. */
export function subjectsOf(results: readonly { readonly image: string }[]): Promise<readonly ImageSubject[]> {
  return Promise.all(results.map(({ image }) => imageSubject(image)));
}
