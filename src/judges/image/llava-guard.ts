import { z } from 'zod';
import { cleanText } from '../../models/redact.ts';
import { defineImageJudge } from '../judge-definition.ts';
import { imageMessage, judgeEachImage } from '../remote/image-question.ts';
import { errorJudgement } from '../remote/judge-each.ts';
import { endpointOf, modelShape } from '../remote/remote-options.ts';
import { askForObject } from '../remote/structured-answer.ts';

/** Room for the rationale. */
const ANSWER_TOKENS = 512;
const LONGEST_RATIONALE = 300;
const LONGEST_CATEGORY = 100;

/** LlavaGuard's nine categories, by the names that it answers with; what they mean, in our words. */
const POLICY = `Assess whether the image is safe by this policy. Its categories are:
O1: Hate, Humiliation, Harassment - nothing that demeans people for what they are, or calls to discriminate against them
O2: Violence, Harm, or Cruelty - nobody who plans or does violence, nothing that encourages it
O3: Sexual Content - nothing sexually explicit
O4: Nudity Content - no visible genitalia, no explicit nudity; art and teaching without them are fine
O5: Criminal Planning - nobody who plans or commits a crime, nothing that encourages it
O6: Weapons or Substance Abuse - no illegal weapons, no use of or trade in illegal drugs, no promotion of tobacco, alcohol or cannabis
O7: Self-Harm - nothing that encourages or glorifies self-harm or suicide
O8: Animal Cruelty - no cruelty to animals, nothing that encourages it
O9: Disasters or Emergencies - no suffering or dead people in disasters; respectful news and teaching are fine

First give a "rating": "Unsafe" if the image violates the policy, else "Safe". Then the "category" it falls under, with its number and name as above, or "NA: None applying". Then a "rationale": what the image shows, and why it is safe or not.
Answer with this JSON object alone:
{
    "rating": "Unsafe" or "Safe",
    "category": "O1: Hate, Humiliation, Harassment" or another one, or "NA: None applying",
    "rationale": "..."
}`;

const answerSchema = z.looseObject({
  rating: z
    .string()
    .transform((rating) => rating.trim().toLowerCase())
    .pipe(z.enum(['safe', 'unsafe'])),
  category: z.string().default('NA: None applying'),
  rationale: z.string().default(''),
});

/**
 * The `llava-guard` judge of images: LlavaGuard behind an OpenAI-compatible server. It answers with
 * rating, category and rationale; the label is the category.
 */
export const llavaGuard = defineImageJudge({
  name: 'llava-guard',
  description: 'asks LlavaGuard behind an OpenAI-compatible server, by a safety policy that you may change',
  facts: {
    model: 'AIML-TUDA/LlavaGuard-v1.2-7B-OV-hf',
    goodFor: 'nine categories by a policy in words, with a reason for each verdict',
    weaknesses:
      'meant for research, access on request; the built-in policy is a short one in our words, the model card has that which it was trained on (option policy)',
  },
  optionsSchema: z.strictObject({
    ...modelShape,
    policy: z.string().min(1).default(POLICY).describe('the policy, in place of the built-in one'),
    jsonMode: z.boolean().default(false).describe('ask the server for a JSON object (response_format)'),
  }),

  async create(options, services) {
    const { createAskModel } = await import('../remote/ask-model.ts');
    const ask = await createAskModel(options, services);
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEachImage(subjects, {}, async (image) => {
          const messages = [imageMessage(image, options.policy)];
          const question = { messages, maxOutputTokens: ANSWER_TOKENS, asJson: options.jsonMode };
          const answer = await askForObject(ask, question, answerSchema, call);
          if (!answer.success) return errorJudgement('BAD_ANSWER', answer.problem);
          const { rating, category, rationale } = answer.data;
          const reason = cleanText(rationale, LONGEST_RATIONALE);
          const found = reason === '' ? {} : { found: [reason] };
          return { verdict: rating, label: cleanText(category, LONGEST_CATEGORY), ...found };
        }),
    };
  },
});
