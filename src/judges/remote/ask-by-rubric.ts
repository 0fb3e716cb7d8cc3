import type { JudgeCall, Judgement, SubjectKind } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import type { ModelQuestion } from './ask-model.ts';
import { errorJudgement } from './judge-each.ts';
import {
  createRubric,
  judgementOf,
  RUBRIC_TOKENS,
  type RubricOptions,
  rubricAnswerSchema,
} from './rubric.ts';
import { askForObject } from './structured-answer.ts';

/** A model that judges by a rubric. */
export interface RubricAsker {
  readonly dependsOnCategory: boolean;
  /** Asks about one subject; an answer that does not fit is asked for once more and is an error then. */
  ask(message: ModelQuestion['messages'][number], category: string, call: JudgeCall): Promise<Judgement>;
}

/** What both judges by a rubric have: the model, the instructions and the reading of the answer. */
export async function createRubricAsker(
  options: RubricOptions,
  subject: SubjectKind,
  services: JudgeServices,
): Promise<RubricAsker> {
  // Loaded on demand: the AI SDK is wanted only where such a judge is configured.
  const { createAskModel } = await import('./ask-model.ts');
  const rubric = await createRubric(options, subject, services);
  const askModel = await createAskModel(options, services);
  return {
    dependsOnCategory: rubric.dependsOnCategory,
    async ask(message, category, call) {
      const question = {
        system: rubric.instructions(category),
        messages: [message],
        maxOutputTokens: RUBRIC_TOKENS,
        asJson: options.jsonMode,
      };
      const answer = await askForObject(askModel, question, rubricAnswerSchema, call);
      return answer.success
        ? judgementOf(answer.data, options.threshold)
        : errorJudgement('BAD_ANSWER', answer.problem);
    },
  };
}
