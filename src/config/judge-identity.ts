import { createHash } from 'node:crypto';
import { recordedJudge, sorted } from './describe-config.ts';

/** Keys of a judge's entry that change nothing of what it says: how it is called, reached, pressed and paid. */
const NOT_OF_THE_JUDGE: ReadonlySet<string> = new Set([
  'name',
  'categories',
  'apiKeyEnv',
  'username',
  'passwordEnv',
  'concurrency',
  'requestsPerMinute',
  'timeoutSeconds',
  'retries',
  'price',
]);

/**
 * What a judge's verdicts follow from as far as its entry tells: type, provider, model, address, threshold and other
 * options, as SHA-256 in lower-case hex. For judges without a revision, whose answers nothing else tells apart.
 *
 * @param entry a name, a name with options, or a judge of the user's own
 */
export function judgeEntryHash(entry: unknown): string {
  const of = Object.entries(recordedJudge(entry)).filter(([key]) => !NOT_OF_THE_JUDGE.has(key));
  return createHash('sha256')
    .update(JSON.stringify(sorted(Object.fromEntries(of))))
    .digest('hex');
}
