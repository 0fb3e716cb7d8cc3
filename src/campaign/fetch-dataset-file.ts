import { createWeightStore, type WeightWorld } from '../judges/weights/weight-store.ts';
import type { HubFile } from '../strategies/strategy-definition.ts';

/**
 * Fetches a file of a dataset on the Hugging Face Hub into the cache that Python's huggingface_hub shares, or finds it there.
 * What was cut off goes on where it was; `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` hold as for weights.
 *
 * @returns its absolute path, and the commit that it is of
 * @throws {@link WeightsError} for an unknown or closed dataset, a file that it lacks, no network
 */
export async function fetchDatasetFile(
  { dataset, file, revision, neededBy }: HubFile,
  { env, fetch, configDir, onDownload }: Pick<WeightWorld, 'env' | 'fetch' | 'configDir' | 'onDownload'>,
): Promise<{ readonly path: string; readonly commit: string }> {
  const store = createWeightStore({ env, fetch, configDir, onDownload });
  const files = await store.open({ model: dataset, kind: 'dataset', revision }, neededBy);
  return { path: (await files.file(file)).path, commit: files.revision };
}
