import type { ImageJudge, PromptJudge } from './judge.ts';

/**
 * Declares a judge of one's own, to be handed to `defineConfig` in place of a name.
 *
 * @example
 * ```ts
 * export default defineConfig({
 *   judges: {
 *     prompt: ['lexicon', defineJudge({
 *       name: 'short-prompts',
 *       subject: 'prompt',
 *       batchSize: 64,
 *       async judge(subjects) {
 *         return subjects.map(({ text }) => ({ verdict: text.length < 200 ? 'safe' : 'unsafe' }));
 *       },
 *     })],
 *   },
 * });
 * ```
 */
export function defineJudge<OwnJudge extends PromptJudge | ImageJudge>(judge: OwnJudge): OwnJudge {
  return judge;
}
