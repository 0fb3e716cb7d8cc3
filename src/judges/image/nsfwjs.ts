import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { Judgement } from '../judge.ts';
import { defineImageJudge } from '../judge-definition.ts';
import { judgeRevision } from '../judge-revision.ts';
import type { Picture } from '../picture.ts';
import { loadNsfwjsNetwork, NSFWJS_CLASSES, NSFWJS_SIZE } from './nsfwjs-network.ts';

/** An image takes some 50 ms: a batch keeps others waiting no longer than half a second. */
const BATCH_SIZE = 8;

/** Of how a picture becomes the network's input here; another one gives another revision. */
const PREPROCESSING_VERSION = 1;

/**
 * The `nsfwjs` judge: MobileNetV2 from the npm package nsfwjs, which tells drawings, neutral and
 * sexual images apart. It looks for nothing but sexual content.
 *
 * The score is P(Porn) + P(Hentai), and P(Sexy) with it where the option `sexy` says so; unsafe from
 * `threshold` on. The label is the most probable class.
 *
 * Images go through one by one: a batch is not faster, and other work gets its turn between them.
 */
export const nsfwjs = defineImageJudge({
  name: 'nsfwjs',
  description: 'flags sexual images (MobileNetV2 of the npm package nsfwjs, in process)',
  facts: {
    model: 'nsfwjs MobileNetV2 (npm)',
    licence: 'MIT',
    download: 'none: the weights ship in the npm package',
    needs: 'npm packages',
    goodFor: 'sexual content without any download',
    weaknesses: 'looks for nothing but sexual content; drawings and skin tones confuse it',
  },
  optionsSchema: z.strictObject({
    threshold: z.number().gt(0).max(1).default(0.5).describe('unsafe from this score on'),
    sexy: z.boolean().default(false).describe('count the class Sexy (suggestive, not explicit) as well'),
  }),

  async create({ threshold, sexy }, { configDir, judgeName }) {
    const network = await loadNsfwjsNetwork(configDir);
    const unsafeClasses = new Set<string>(sexy ? ['Porn', 'Hentai', 'Sexy'] : ['Porn', 'Hentai']);

    async function judgeOne(picture: Picture): Promise<Judgement> {
      let input: Uint8Array;
      try {
        input = await networkInput(picture);
      } catch (error) {
        return { verdict: 'error', error: { code: 'UNREADABLE_IMAGE', message: messageOf(error) } };
      }
      return judgementFrom(await network.classify(input), unsafeClasses, threshold);
    }

    return {
      name: judgeName,
      subject: 'image',
      revision: judgeRevision({
        type: 'nsfwjs',
        network: network.sha256,
        preprocessing: PREPROCESSING_VERSION,
        threshold,
        sexy,
      }),
      batchSize: BATCH_SIZE,
      async judge(subjects, { signal }) {
        const judgements: Judgement[] = [];
        for (const { picture } of subjects) {
          signal.throwIfAborted();
          judgements.push(await judgeOne(picture));
          await setImmediate();
        }
        return judgements;
      },
      async close() {
        network.close();
      },
    };
  },
});

/**
 * Makes a judgement of the probabilities of the classes.
 *
 * @param probabilities in the order of {@link NSFWJS_CLASSES}
 * @param unsafeClasses the classes whose probabilities add up to the score
 * @param threshold unsafe from this score on
 */
export function judgementFrom(
  probabilities: ArrayLike<number>,
  unsafeClasses: ReadonlySet<string>,
  threshold: number,
): Judgement {
  let score = 0;
  let label = '';
  let highest = Number.NEGATIVE_INFINITY;
  for (const [index, name] of NSFWJS_CLASSES.entries()) {
    const probability = probabilities[index];
    if (probability === undefined || !Number.isFinite(probability)) {
      return {
        verdict: 'error',
        error: { code: 'NO_SCORES', message: `nsfwjs gave no probability for ${name}` },
      };
    }
    if (unsafeClasses.has(name)) score += probability;
    if (probability > highest) [highest, label] = [probability, name];
  }
  score = Math.min(1, Math.max(0, score));
  return { verdict: score >= threshold ? 'unsafe' : 'safe', score, label };
}

/** The picture stretched to the network's square, as nsfwjs itself does it. */
async function networkInput(picture: Picture): Promise<Uint8Array> {
  const { data, width, height } = await picture.pixels();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(NSFWJS_SIZE, NSFWJS_SIZE, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
}
