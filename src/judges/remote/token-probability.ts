import { z } from 'zod';

const tokenSchema = z.looseObject({ token: z.string(), logprob: z.number() });
const bodySchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        logprobs: z.looseObject({
          content: z.array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).default([]) })).min(1),
        }),
      }),
    )
    .min(1),
});

/**
 * The probability of a word against its opposite, from the log-probabilities of a chat completion:
 * P(word) / (P(word) + P(opposite)) at the first token that is one of the two.
 *
 * @param body the answer of an OpenAI-compatible server, asked with `logprobs` and `top_logprobs`
 * @param word e.g. `unsafe`
 * @param opposite e.g. `safe`
 * @returns `undefined` where the server gave no log-probabilities, or neither word is a token of its own
 */
export function tokenProbability(body: unknown, word: string, opposite: string): number | undefined {
  const parsed = bodySchema.safeParse(body);
  const tokens = parsed.data?.choices[0]?.logprobs.content ?? [];
  const is = (token: string, wanted: string) => token.trim().toLowerCase() === wanted.toLowerCase();
  const decisive = tokens.find(({ token }) => is(token, word) || is(token, opposite));
  if (decisive === undefined) return undefined;

  // The chosen token may be missing among its own alternatives.
  const alternatives = new Map(
    [decisive, ...decisive.top_logprobs].map(({ token, logprob }) => [token, logprob]),
  );
  const probabilityOf = (wanted: string) =>
    [...alternatives].reduce((sum, [token, logprob]) => sum + (is(token, wanted) ? Math.exp(logprob) : 0), 0);
  const [yes, no] = [probabilityOf(word), probabilityOf(opposite)];
  const probability = yes / (yes + no);
  return Number.isFinite(probability) ? probability : undefined;
}
