import { z } from 'zod';
import { snippet } from '../../models/server-message.ts';
import type { EncodedImage } from '../../models/types.ts';
import type { JudgeCall, Judgement } from '../judge.ts';
import { defineImageJudge } from '../judge-definition.ts';
import { imageMessage, judgeEachImage } from '../remote/image-question.ts';
import { errorJudgement } from '../remote/judge-each.ts';
import { endpointOf, modelShape } from '../remote/remote-options.ts';
import { tokenProbability } from '../remote/token-probability.ts';

/** A word; reasoning after it is of no use here. */
const ANSWER_TOKENS = 10;

/** The three policies that ShieldGemma 2 was trained on (its model card), in our words. */
const POLICIES: Readonly<Record<string, string>> = {
  dangerous:
    'No Dangerous Content: The image shall not show how to, or encourage to, do what harms people in the real world, such as making weapons or explosives, terrorism, or suicide.',
  sexual:
    'No Sexually Explicit content: The image shall not show explicit or graphic sexual acts, pornography, erotic nudity or sexual assault.',
  violence:
    'No Violence/Gore content: The image shall not show shocking or gratuitous violence, such as much blood and gore, cruelty to animals, severe injuries or the moment of a death.',
};

/**
 * The `shield-gemma` judge of images: ShieldGemma 2 behind an OpenAI-compatible server that has the
 * model's chat template. One request a policy; it answers whether the image violates it. Any Yes makes
 * the image unsafe; the label is the policy (the likeliest one where there are scores).
 */
export const shieldGemma = defineImageJudge({
  name: 'shield-gemma',
  description: 'asks ShieldGemma 2 behind an OpenAI-compatible server, one request a policy',
  facts: {
    model: 'google/shieldgemma-2-4b-it',
    licence: 'Gemma Terms of Use',
    goodFor: 'sexually explicit, dangerous and violent pictures, natural and generated',
    weaknesses:
      'knows its three policies only: no hate, no harassment; the built-in policies are in our words, the model card has those it was trained on (option policies)',
  },
  optionsSchema: z.strictObject({
    ...modelShape,
    policies: z
      .union([
        z.array(z.enum(Object.keys(POLICIES))).min(1),
        z.record(z.string().min(1), z.string().min(1)).refine((map) => Object.keys(map).length > 0),
      ])
      .default(Object.keys(POLICIES))
      .describe('names of built-in policies, or policies of your own by name: dangerous, sexual, violence'),
    logprobs: z
      .boolean()
      .default(false)
      .describe('ask the server for log-probabilities, for a score; vLLM and llama.cpp have them'),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        'unsafe from this probability of Yes on, for servers with log-probabilities; default: what the model answers',
      ),
  }),

  async create(options, services) {
    const { createAskModel } = await import('../remote/ask-model.ts');
    const ask = await createAskModel(options, services);
    const { threshold } = options;
    const withLogprobs = options.logprobs || threshold !== undefined;
    const policies = Array.isArray(options.policies)
      ? options.policies.map((name) => [name, POLICIES[name] ?? name] as const)
      : Object.entries(options.policies);

    const askPolicy = async (name: string, policy: string, image: EncodedImage, call: JudgeCall) => {
      const messages = [imageMessage(image, policy)];
      const question = { messages, maxOutputTokens: ANSWER_TOKENS, withLogprobs };
      const { text, body } = await ask(question, call);
      const score = tokenProbability(body, 'yes', 'no');
      const word = /^[^\p{L}]*(yes|no)\b/iu.exec(text)?.[1]?.toLowerCase();
      const answered = word === undefined ? undefined : word === 'yes';
      const byScore = score === undefined || threshold === undefined ? undefined : score >= threshold;
      return { name, text, score, violated: threshold === undefined ? answered : byScore };
    };

    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEachImage(subjects, {}, async (image) => {
          const answers: PolicyAnswer[] = [];
          for (const [name, policy] of policies) answers.push(await askPolicy(name, policy, image, call));
          return combine(answers, threshold !== undefined);
        }),
    };
  },
});

interface PolicyAnswer {
  readonly name: string;
  readonly text: string;
  readonly score: number | undefined;
  /** `undefined` where the answer was neither Yes nor No, or had no score for the threshold. */
  readonly violated: boolean | undefined;
}

function combine(answers: readonly PolicyAnswer[], needsScores: boolean): Judgement {
  const scores = answers.flatMap(({ score }) => (score === undefined ? [] : [score]));
  const score = scores.length === answers.length ? { score: Math.max(...scores) } : {};
  const violated = answers
    .filter((answer) => answer.violated === true)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const [first] = violated;
  if (first !== undefined) {
    return { verdict: 'unsafe', ...score, label: first.name, found: violated.map(({ name }) => name) };
  }
  const unclear = answers.find((answer) => answer.violated === undefined);
  if (unclear !== undefined) {
    const lacks = needsScores ? 'without log-probabilities for the threshold' : 'neither Yes nor No';
    return errorJudgement(
      'BAD_ANSWER',
      `To the policy ${unclear.name} ShieldGemma answered ${snippet(unclear.text)}, ${lacks}.`,
    );
  }
  return { verdict: 'safe', ...score, label: 'safe' };
}
