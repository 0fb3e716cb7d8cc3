import type { JudgeWorld } from '../judge-definition.ts';
import type { WeightStore } from './model-files.ts';

/** What a weight store needs from outside. */
export type WeightWorld = Pick<JudgeWorld, 'env' | 'fetch' | 'configDir' | 'onDownload'>;

/** Finds the files of models: in the Hugging Face cache, on the Hub, in folders, at addresses. */
export function createWeightStore(_world: WeightWorld): WeightStore {
  const missing = async () => {
    throw new Error('to be written');
  };
  return { open: missing, single: missing };
}
