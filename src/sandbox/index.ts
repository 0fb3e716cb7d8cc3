import type { LanguageModelV4 } from '@ai-sdk/provider';
import { createSandboxGuide } from './sandbox-guide.ts';
import { createSandboxWriter } from './sandbox-writer.ts';

export {
  allPlantedWeaknesses,
  type PlantedWeakness,
  plantedWeaknesses,
  weaknessesTriggered,
} from './associations.ts';
export { SANDBOX_NOTICE } from './notice.ts';
export {
  createSandboxImageModel,
  REFUSAL_WORD,
  type SandboxImageModelOptions,
} from './sandbox-image-model.ts';
export { createSandboxJudge } from './sandbox-judge.ts';

/**
 * The sandbox's Writer or Guide as an AI SDK language model: no network, no weights, the same answer
 * for the same messages and seed.
 */
export function createSandboxLanguageModel(role: 'writer' | 'guide'): LanguageModelV4 {
  return role === 'writer' ? createSandboxWriter() : createSandboxGuide();
}
