import type { ModelFile, ModelFiles } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';

/** The precision of a network's weights. */
export type NetworkDtype = 'fp32' | 'fp16' | 'q8';

/** The files that an ONNX network is made of. */
export interface NetworkFiles {
  readonly network: ModelFile;
  /** The weights of a large network, which ONNX Runtime reads from beside it. */
  readonly data?: ModelFile;
}

/**
 * The first of some networks that a model has, with the second file that its weights may be in.
 *
 * @param names where the network may be, best first
 * @returns `undefined` where the model has none of them
 * @throws {@link WeightsError} as {@link ModelFiles.firstOf}
 */
export async function openNetwork(
  files: ModelFiles,
  names: readonly string[],
): Promise<NetworkFiles | undefined> {
  const network = await files.firstOf(names);
  if (network === undefined) return undefined;
  const data = await dataBeside(network, files);
  return data === undefined ? { network } : { network, data };
}

async function dataBeside({ name }: ModelFile, files: ModelFiles): Promise<ModelFile | undefined> {
  try {
    return await files.firstOf([`${name}_data`, `${name}.data`]);
  } catch (error) {
    // Most networks have none, and one that was fetched would be on this disk: without a network to ask,
    // ONNX Runtime says whether it is missed.
    if (error instanceof WeightsError && OUT_OF_REACH.includes(error.code)) return undefined;
    throw error;
  }
}

const OUT_OF_REACH: readonly string[] = ['HUB_OFFLINE', 'HUB_UNREACHABLE'];

/** What a network's answers follow from, as parts of a revision. */
export function networkRevision({ network, data }: NetworkFiles): {
  readonly network: string;
  readonly data: string | undefined;
} {
  return { network: network.sha256, data: data?.sha256 };
}

/**
 * The pins of a model's files.
 *
 * @param names where the network may be
 * @param sha256 that of the network, or those of files by their path
 */
export function networkPins(
  names: readonly string[],
  sha256: string | Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  return typeof sha256 === 'string' ? Object.fromEntries(names.map((name) => [name, sha256])) : sha256;
}

/**
 * Whether the network rounds by the whole batch, so that neighbours would change each other's results:
 * such a one has to be run with one subject at a time.
 *
 * @param dtype what the user says it is
 */
export function isQuantised({ network }: NetworkFiles, dtype: NetworkDtype): boolean {
  return dtype === 'q8' || /quant|int8|q8|q4|bnb4/i.test(network.name);
}
