import { ModelError } from '../../models/model-error.ts';
import { cleanText } from '../../models/redact.ts';
import type { Judgement } from '../judge.ts';

/**
 * Judges subjects one after the other, so that one of them cannot spoil the others.
 *
 * @param subjects a batch; remote judges take one subject a call, so it is mostly one
 * @param judge judges one of them; throws when the server did not answer
 * @returns one judgement a subject, `error` for those whose request failed
 * @throws what the first request threw, when all of them failed: the engine retries that
 */
export async function judgeEach<Subject>(
  subjects: readonly Subject[],
  judge: (subject: Subject) => Promise<Judgement>,
): Promise<readonly Judgement[]> {
  const judgements: Judgement[] = [];
  const failures: ModelError[] = [];
  for (const subject of subjects) {
    try {
      judgements.push(await judge(subject));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      failures.push(error);
      judgements.push(errorJudgement(error.code, error.message));
    }
  }
  const [first] = failures;
  if (first !== undefined && failures.length === subjects.length) throw first;
  return judgements;
}

/** An `error` judgement; its message may hold what a server said. */
export function errorJudgement(code: string, message: string): Judgement {
  return { verdict: 'error', error: { code, message: cleanText(message) } };
}

/** What every remote judge of prompts says of a text without a character: there is nothing to send. */
export const EMPTY_TEXT: Judgement = {
  verdict: 'error',
  error: { code: 'EMPTY_TEXT', message: 'There is no text to judge.' },
};

/** Whether there is no text to send to a server. */
export function isEmptyText(text: string): boolean {
  return text.trim() === '';
}
