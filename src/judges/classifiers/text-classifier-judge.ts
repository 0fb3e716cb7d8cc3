import { setImmediate } from 'node:timers/promises';
import type { Judgement, PromptJudge } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { judgeRevision } from '../judge-revision.ts';
import { isQuantised, networkRevision } from '../runtime/network-files.ts';
import type { ClassifierSettings } from './classifier-options.ts';
import { labelRule } from './label-rule.ts';
import { outputRows, requireInput } from './network-io.ts';
import { openClassifier } from './open-classifier.ts';
import { type EncodedText, openTextEncoder } from './text-encoder.ts';

const BATCH_SIZE = 16;

/**
 * Makes a judge of prompts from a text classifier: RoBERTa, DistilBERT, BERT and their like, exported to
 * ONNX. A text that is too long for the network is judged by its beginning, and `found` says so.
 *
 * @throws {@link WeightsError} where the files are missing, damaged, or not those of a text classifier;
 *   UsageError for a missing package or labels that do not fit
 */
export async function createTextClassifier(
  settings: ClassifierSettings,
  services: JudgeServices,
): Promise<PromptJudge> {
  const opened = await openClassifier(settings, services);
  const { files, config, network, neededBy } = opened;
  const encoder = await openTextEncoder(files, config, neededBy);
  const session = await services.runtime.session(network, neededBy);
  requireInput(session, 'input_ids', network, neededBy, 'texts');

  const classify = async (texts: readonly EncodedText[]) =>
    outputRows(
      await session.run(encoder.batch(texts, session.inputNames)),
      session.outputNames,
      texts.length,
      network,
      neededBy,
    );

  // A first run shows what the files do not say: how many labels the network knows.
  const [first] = await classify([encoder.encode('a')]);
  const rule = labelRule(config, first?.length ?? 0, settings, neededBy);

  return {
    name: services.judgeName,
    subject: 'prompt',
    batchSize: BATCH_SIZE,
    revision: judgeRevision({
      type: 'text-classifier',
      ...networkRevision(opened),
      ...encoder.revision,
      ...rule.revision,
    }),
    async judge(subjects, { signal }) {
      const texts: EncodedText[] = [];
      for (const { text } of subjects) {
        texts.push(encoder.encode(text));
        // An endless text takes a part of a second of this thread: others get their turn in between.
        await setImmediate();
      }
      const rows: Float32Array[] = [];
      const step = isQuantised(opened, settings.dtype) ? 1 : texts.length;
      for (let start = 0; start < texts.length; start += step) {
        signal.throwIfAborted();
        rows.push(...(await classify(texts.slice(start, start + step))));
      }
      return texts.map((text, index) =>
        withTruncation(rule.judge(rows[index] ?? new Float32Array([Number.NaN])), text, encoder.maxTokens),
      );
    },
  };
}

/** Says what part of the text was judged, where it was not the whole. */
function withTruncation(judgement: Judgement, text: EncodedText, maxTokens: number): Judgement {
  if (!text.truncated || judgement.verdict === 'error') return judgement;
  const note = `judged by the first ${maxTokens} of ${text.tokens} tokens`;
  return { ...judgement, found: [...(judgement.found ?? []), note] };
}
