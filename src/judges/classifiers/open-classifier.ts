import type { JudgeServices } from '../judge-definition.ts';
import { type NetworkFiles, networkPins, openNetwork } from '../runtime/network-files.ts';
import type { ModelFiles } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';
import type { ClassifierSettings } from './classifier-options.ts';
import { checkLabels } from './label-rule.ts';
import { type ModelConfig, modelConfigSchema, readModelJson } from './model-json.ts';

/** Where a model keeps its network, the most usual place first. */
const NETWORK_FILES: Readonly<Record<ClassifierSettings['dtype'], readonly string[]>> = {
  fp32: ['onnx/model.onnx', 'model.onnx'],
  fp16: ['onnx/model_fp16.onnx', 'model_fp16.onnx'],
  q8: ['model_quantized', 'model_int8', 'model_uint8'].flatMap((name) => [
    `onnx/${name}.onnx`,
    `${name}.onnx`,
  ]),
};

/** The files of a classifier, found and checked. */
export interface OpenedClassifier extends NetworkFiles {
  readonly files: ModelFiles;
  readonly config: ModelConfig;
  /** For messages, e.g. `The judge td`. */
  readonly neededBy: string;
}

/**
 * Finds the network and the configuration of a classifier: those of its model, or where that has no
 * ONNX file, those of its conversion.
 *
 * @throws {@link WeightsError} where there is no such model, no such label, or no ONNX file in it; the
 *   hint has the command that makes one
 */
export async function openClassifier(
  settings: ClassifierSettings,
  { weights, judgeName }: Pick<JudgeServices, 'weights' | 'judgeName'>,
): Promise<OpenedClassifier> {
  const neededBy = `The judge ${judgeName}`;
  const { model, revision, conversion, dtype } = settings;
  const names = settings.file === undefined ? NETWORK_FILES[dtype] : [settings.file];
  const sha256 = networkPins(names, settings.sha256);

  // The small file first: a wrong label is found before hundreds of megabytes are fetched.
  const readConfig = async (from: ModelFiles) => {
    const config = await readModelJson(await from.file('config.json'), modelConfigSchema, neededBy);
    checkLabels(config, settings, neededBy);
    return config;
  };
  let files = await weights.open({ model, revision, sha256 }, neededBy);
  let config = await readConfig(files);
  let network = await openNetwork(files, names);
  if (network === undefined && conversion !== undefined) {
    files = await weights.open({ model: conversion }, neededBy);
    config = await readConfig(files);
    network = await openNetwork(files, names);
  }
  if (network === undefined) throw await noNetwork(settings, names, files, neededBy);
  return { ...network, files, config, neededBy };
}

async function noNetwork(
  { model, dtype }: ClassifierSettings,
  names: readonly string[],
  files: ModelFiles,
  neededBy: string,
): Promise<WeightsError> {
  const others = (['fp32', 'fp16', 'q8'] as const).filter((other) => other !== dtype);
  for (const other of others) {
    if ((await files.firstOf(NETWORK_FILES[other])) === undefined) continue;
    return new WeightsError({
      code: 'MODEL_FILE_NOT_FOUND',
      message: `${neededBy}: ${model} has no ${dtype} network (${names.join(', ')}), but one of ${other}`,
      hint: `Set dtype: ${other}.`,
      data: { model, names },
    });
  }
  const folder = `./${model.split('/').at(-1) ?? 'model'}`;
  const command = `optimum-cli export onnx --model ${model} ${folder}`;
  return new WeightsError({
    code: 'MODEL_FILE_NOT_FOUND',
    message: `${neededBy}: ${model} has no ONNX file (${names.join(', ')})`,
    hint: `Make one with Python: pip install "optimum-onnx[onnxruntime]" && ${command}; then set model: ${folder} (more in docs/judges.md).`,
    data: { model, names, command },
  });
}
