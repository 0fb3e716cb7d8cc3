import type { LanguageModelV4 } from '@ai-sdk/provider';
import { createSandboxGuide } from './sandbox-guide.ts';
import { createSandboxWriter } from './sandbox-writer.ts';

export {
  allPlantedWeaknesses,
  type PlantedWeakness,
  plantedWeaknesses,
  weaknessesTriggered,
} from './associations.ts';
export {
  createSandboxImageModel,
  REFUSAL_WORD,
  type SandboxImageModelOptions,
} from './sandbox-image-model.ts';
export { createSandboxJudge } from './sandbox-judge.ts';

/** Goes with every result of the sandbox. */
export const SANDBOX_NOTICE =
  'These results are simulated: the sandbox draws harmless pictograms, and its figures say nothing about any real model.';

/**
 * The sandbox's Writer or Guide as an AI SDK language model: no network, no weights, the same answer
 * for the same messages and seed.
 */
export function createSandboxLanguageModel(role: 'writer' | 'guide'): LanguageModelV4 {
  return role === 'writer' ? createSandboxWriter() : createSandboxGuide();
}
