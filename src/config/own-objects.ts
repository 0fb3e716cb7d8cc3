import type { ImageJudge, PromptJudge } from '../judges/judge.ts';
import type { Strategy } from '../strategies/strategy.ts';

/** A judge that a user wrote and put into `art.config.ts`. */
export type OwnJudge<Kind extends PromptJudge | ImageJudge = PromptJudge | ImageJudge> = Kind;

/**
 * Whether an entry of `judges` is a judge of the user's own, not a name with options.
 *
 * @param value an entry of `judges.prompt` or `judges.image`
 */
export function isOwnJudge(value: unknown): value is OwnJudge {
  return hasNameAndMethod(value, 'judge');
}

/**
 * Whether `strategy` is a strategy of the user's own, not a name with options.
 *
 * @param value the configuration's `strategy`
 */
export function isOwnStrategy(value: unknown): value is Strategy {
  return hasNameAndMethod(value, 'converse');
}

function hasNameAndMethod(value: unknown, method: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    value.name !== '' &&
    typeof Reflect.get(value, method) === 'function'
  );
}
