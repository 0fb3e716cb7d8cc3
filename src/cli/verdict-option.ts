import { InvalidArgumentError } from 'commander';
import { type VerdictRules, verdictRulesSchema } from '../config/schema.ts';
import { messageOf } from '../errors.ts';

/** What `--verdict` takes, for the help. */
export const VERDICT_WORDS = 'any, majority, a number of judges, or a rule as JSON';

/**
 * Reads the value of `--verdict`.
 *
 * @throws InvalidArgumentError where it is no rule
 */
export function parseRule(word: string): VerdictRules {
  const parsed = verdictRulesSchema.safeParse(ruleIn(word));
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(
    'A rule is any, majority, the number of judges that have to agree, or JSON, e.g. {"weights":{"lexicon":1,"nsfwjs":2},"threshold":2} or {"prompt":"any","image":"majority"}.',
  );
}

function ruleIn(word: string): unknown {
  if (/^\d+$/.test(word)) return { atLeast: Number(word) };
  if (!word.trimStart().startsWith('{')) return word;
  try {
    return JSON.parse(word);
  } catch (error) {
    throw new InvalidArgumentError(`This is no JSON: ${messageOf(error)}.`);
  }
}
