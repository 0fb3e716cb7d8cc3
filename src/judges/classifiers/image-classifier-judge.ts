import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { ImageJudge, Judgement } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { judgeRevision } from '../judge-revision.ts';
import { joinPlanes, PREPROCESSING_VERSION, preprocessorOf } from '../pixels/preprocess.ts';
import { isQuantised, networkRevision } from '../runtime/network-files.ts';
import type { ClassifierSettings } from './classifier-options.ts';
import { labelRule } from './label-rule.ts';
import { readModelJson } from './model-json.ts';
import { outputRows, requireInput } from './network-io.ts';
import { openClassifier } from './open-classifier.ts';

/** A ViT takes some 100 ms an image: a batch keeps others waiting no longer than a second. */
const BATCH_SIZE = 8;

/**
 * Makes a judge of images from an image classifier: ViT and its like, exported to ONNX. An image that
 * cannot be read gets an `error` judgement; the others of its batch are judged.
 *
 * @throws {@link WeightsError} where the files are missing, damaged, or not those of an image classifier;
 *   UsageError for a missing package or labels that do not fit
 */
export async function createImageClassifier(
  settings: ClassifierSettings,
  services: JudgeServices,
): Promise<ImageJudge> {
  const opened = await openClassifier(settings, services);
  const { files, config, network, neededBy } = opened;
  const session = await services.runtime.session(network, neededBy);
  requireInput(session, 'pixel_values', network, neededBy, 'images');
  const file = await files.file('preprocessor_config.json');
  const preprocess = preprocessorOf(await readModelJson(file, z.looseObject({}), neededBy));
  const { dims, steps } = preprocess;

  async function classify(images: readonly Float32Array[]): Promise<Float32Array[]> {
    const outputs = await session.run({
      pixel_values: { type: 'float32', data: joinPlanes(images), dims: [images.length, ...dims] },
    });
    return outputRows(outputs, session.outputNames, images.length, network, neededBy);
  }

  // A first run shows what the files do not say: how many labels the network knows.
  const [first] = await classify([new Float32Array(dims[0] * dims[1] * dims[2])]);
  const rule = labelRule(config, first?.length ?? 0, settings, neededBy);

  return {
    name: services.judgeName,
    subject: 'image',
    batchSize: BATCH_SIZE,
    revision: judgeRevision({
      type: 'image-classifier',
      ...networkRevision(opened),
      preprocessing: { version: PREPROCESSING_VERSION, ...steps },
      ...rule.revision,
    }),
    async judge(subjects, { signal }) {
      const judgements: Judgement[] = [];
      const images: Float32Array[] = [];
      const places: number[] = [];
      for (const [place, { picture }] of subjects.entries()) {
        signal.throwIfAborted();
        try {
          images.push(await preprocess(picture));
          places.push(place);
        } catch (error) {
          judgements[place] = {
            verdict: 'error',
            error: { code: 'UNREADABLE_IMAGE', message: messageOf(error) },
          };
        }
        // Resizing is work of this thread: others get their turn between the images.
        await setImmediate();
      }
      const step = isQuantised(opened, settings.dtype) ? 1 : BATCH_SIZE;
      for (let start = 0; start < images.length; start += step) {
        signal.throwIfAborted();
        const rows = await classify(images.slice(start, start + step));
        for (const [index, row] of rows.entries()) judgements[places[start + index] ?? 0] = rule.judge(row);
      }
      return judgements;
    },
  };
}
