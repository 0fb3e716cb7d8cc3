import type { FinetunePlan, TrainingFile } from './finetune-plan.ts';
import { llamaFactoryFiles } from './llama-factory.ts';
import { llavaFiles } from './llava.ts';
import type { Trainer } from './recipe.ts';
import { trlFiles } from './trl.ts';

/** Every trainer: a new one is a file and a line here. */
const WRITERS: Readonly<Record<Trainer, (plan: FinetunePlan) => TrainingFile[]>> = {
  trl: trlFiles,
  'llama-factory': llamaFactoryFiles,
  llava: llavaFiles,
};

/** The configuration and the run script of a trainer. */
export function trainerFiles(plan: FinetunePlan): TrainingFile[] {
  return WRITERS[plan.trainer](plan);
}
