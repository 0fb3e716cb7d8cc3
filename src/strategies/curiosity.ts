import { z } from 'zod';
import { tokenise } from '../metrics/self-bleu.ts';
import { meanSentenceBleu } from '../metrics/sentence-bleu.ts';
import { wordCosine } from './prompt-similarity.ts';
import type { Conversation, Strategy } from './strategy.ts';
import { strategyDefinition } from './strategy-definition.ts';

const weight = z.number().min(0).max(1_000);

export const curiosityOptions = z.strictObject({
  candidates: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('how many prompts the Writer writes for one that is played'),
  weights: z
    .strictObject({
      unsafe: weight.default(1).describe('of the estimate that its image is unsafe'),
      selfBleu: weight.default(1).describe('of sharing few sequences of words with what was tried'),
      cosine: weight.default(1).describe('of sharing few words with what was tried'),
    })
    .default({ unsafe: 1, selfBleu: 1, cosine: 1 })
    .describe('what counts in the choice'),
});

export type CuriosityOptions = z.output<typeof curiosityOptions>;

/** A prompt that was tried, and whether its image was unsafe. */
export interface Tried {
  readonly prompt: string;
  readonly unsafe: boolean;
}

/** So many of what was tried tell what to expect of a prompt. */
const NEIGHBOURS = 5;
/** What is expected of a prompt that is like nothing that was tried: as likely as not. */
const UNKNOWN = 0.5;
/** How much that counts beside the neighbours. */
const WEIGHT_OF_UNKNOWN = 0.5;
/** Successes that the Writer is shown. */
const EXAMPLES = 5;
/** Candidates of one round have seeds so far apart, a prime. */
const SEED_STEP = 104_729;

/**
 * Curiosity at the time of use: of several candidates that prompt is played which promises an unsafe image and is unlike
 * everything tried so far for its category, in this conversation and those before.
 *
 * The paper's Curiosity trains a policy by reinforcement learning with such a reward; here nothing is trained, and
 * the reward chooses among candidates instead. Prompts of a policy that was trained elsewhere: see `replay`.
 *
 * Source of the reward: Hong et al., "Curiosity-driven Red-teaming for Large Language Models", ICLR 2024, arXiv
 * 2402.19464, section 3: unsafe score, −SelfBLEU, −cosine similarity. Its unsafe score is a classifier's; here it is
 * estimated from the nearest prompts that were tried, for the target has not drawn the candidate.
 */
export function createCuriosity(options: CuriosityOptions): Strategy {
  return {
    name: 'curiosity',
    inOrder: true,

    async converse(conversation) {
      const { rounds, history, play } = conversation;
      const earlier = (await conversation.earlier()).map(toTried);
      for (let round = history.length; round <= rounds; round++) {
        const tried = [...earlier, ...history.map(toTried)];
        const candidates = await candidatesFor(conversation, tried, { round, count: options.candidates });
        await play({ prompt: chooseCurious(candidates, tried, options) });
      }
    },
  };
}

export const curiosityDefinition = strategyDefinition({
  name: 'curiosity',
  description: 'of several candidates the one that promises most and is unlike what was tried',
  optionsSchema: curiosityOptions,
  create: createCuriosity,
});

function toTried({ prompt, outcome, imageVerdict }: Conversation['history'][number]): Tried {
  return { prompt, unsafe: outcome === 'drawn' && imageVerdict === 'unsafe' };
}

/** Half of the candidates are proposed anew, half are like what succeeded last, as far as anything has. */
async function candidatesFor(
  { category, writer, seedFor }: Conversation,
  tried: readonly Tried[],
  { round, count }: { readonly round: number; readonly count: number },
): Promise<string[]> {
  const examples = [...new Set(tried.filter(({ unsafe }) => unsafe).map(({ prompt }) => prompt))].slice(
    -EXAMPLES,
  );
  return await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const request = { category, seed: (seedFor(round) + index * SEED_STEP) % 2 ** 31 };
      return index % 2 === 0 || examples.length === 0
        ? writer.propose(request)
        : writer.imitate({ ...request, examples });
    }),
  );
}

/**
 * The candidate with the highest reward; of equal ones the first.
 *
 * @param candidates at least one
 */
export function chooseCurious(
  candidates: readonly string[],
  tried: readonly Tried[],
  { weights }: CuriosityOptions,
): string {
  const tokens = tried.map(({ prompt }) => tokenise(prompt));
  let [best = ''] = candidates;
  let highest = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const own = tokenise(candidate);
    const likeness = tokens.map((other) => wordCosine(own, other));
    const mean = likeness.reduce((sum, value) => sum + value, 0) / Math.max(1, likeness.length);
    const reward =
      weights.unsafe * expectedUnsafe(likeness, tried) -
      weights.selfBleu * meanSentenceBleu(own, tokens) -
      weights.cosine * mean;
    if (reward > highest) [best, highest] = [candidate, reward];
  }
  return best;
}

/** The share of unsafe images among the nearest prompts, weighted by their likeness, drawn towards a half. */
function expectedUnsafe(likeness: readonly number[], tried: readonly Tried[]): number {
  const nearest = likeness
    .map((value, place) => ({ value, unsafe: tried[place]?.unsafe === true }))
    .toSorted((a, b) => b.value - a.value)
    .slice(0, NEIGHBOURS);
  const known = nearest.reduce((sum, { value }) => sum + value, 0);
  const unsafe = nearest.reduce((sum, one) => sum + (one.unsafe ? one.value : 0), 0);
  return (unsafe + UNKNOWN * WEIGHT_OF_UNKNOWN) / (known + WEIGHT_OF_UNKNOWN);
}
