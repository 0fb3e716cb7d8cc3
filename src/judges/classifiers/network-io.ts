import type { NetworkSession, NetworkTensor } from '../runtime/judge-runtime.ts';
import type { ModelFile } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';

/**
 * Checks that a network takes what it is going to be given.
 *
 * @param name the input that it has to have
 * @param subjects what it would judge, e.g. `texts`
 * @throws {@link WeightsError} `WRONG_ARCHITECTURE`
 */
export function requireInput(
  session: NetworkSession,
  name: string,
  network: ModelFile,
  neededBy: string,
  subjects: 'texts' | 'images',
): void {
  if (session.inputNames.includes(name)) return;
  throw new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${network.path} is no network for ${subjects}: it takes ${session.inputNames.join(', ')}, not ${name}`,
    hint: `Is that a model of ${subjects === 'texts' ? 'images' : 'texts'}? Judges of prompts need one of texts, judges of images one of images.`,
    data: { file: network.path, takes: session.inputNames, needed: name },
  });
}

/**
 * The numbers that a classifier gives for each of its subjects.
 *
 * @param count how many subjects went in
 * @throws {@link WeightsError} `WRONG_ARCHITECTURE` where that is not what the network gives
 */
export function outputRows(
  outputs: Readonly<Record<string, NetworkTensor>>,
  outputNames: readonly string[],
  count: number,
  network: ModelFile,
  neededBy: string,
): Float32Array[] {
  const name = outputNames.includes('logits') ? 'logits' : (outputNames[0] ?? '');
  const output = outputs[name];
  const width = output?.dims[1];
  if (output?.type === 'float32' && output.dims.length === 2 && output.dims[0] === count && width) {
    return Array.from({ length: count }, (_, row) => output.data.slice(row * width, (row + 1) * width));
  }
  throw new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${network.path} is no classifier: for ${count} subjects its output ${name} is ${output === undefined ? 'nothing' : `${output.type} [${output.dims.join(', ')}]`}`,
    hint: 'Export it with the task text-classification or image-classification.',
    data: { file: network.path, output: name, dims: output?.dims },
  });
}
