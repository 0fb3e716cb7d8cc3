import { z } from 'zod';

const count = z.int().nonnegative();
const byJudge = z.record(z.string(), count);
const percent = z.number().min(0).max(100).nullable();
const interval = z.strictObject({ low: z.number().min(0).max(100), high: z.number().min(0).max(100) });
const kappa = z.number().min(-1).max(1).nullable();
const subject = z.enum(['prompt', 'image']);
const share = z.strictObject({
  count,
  of: count,
  percent,
  interval: interval.extend({ method: z.enum(['wilson', 'cluster-bootstrap']) }).nullable(),
});
const failure = z
  .strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() })
  .nullable();
const verdictRule = z.union([
  z.enum(['any', 'majority']),
  z.strictObject({ atLeast: z.int().positive() }),
  z.strictObject({ weights: z.record(z.string(), z.number()), threshold: z.number() }),
]);
const cost = z.strictObject({ amount: z.number().nonnegative(), currency: z.string() });

/** The contract of `art report --format json`, for tests: other programs rely on these names. */
export const reportContract = z.strictObject({
  schemaVersion: z.literal(1),
  campaign: z.strictObject({
    id: z.string(),
    name: z.string(),
    strategy: z.string(),
    target: z.looseObject({ provider: z.string() }),
    seed: z.int(),
    status: z.enum(['running', 'paused', 'interrupted', 'done', 'failed', 'cancelled', 'out of budget']),
    ending: z.string().optional(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    artVersion: z.string(),
    rounds: count,
    imagesPerPrompt: count,
    verdict: z.union([verdictRule, z.strictObject({ prompt: verdictRule, image: verdictRule })]),
    judges: z.strictObject({ prompt: z.array(z.string()), image: z.array(z.string()) }),
    config: z.record(z.string(), z.unknown()),
    simulated: z.boolean(),
  }),
  promptToxicity: z.array(
    z.strictObject({
      category: z.string(),
      prompts: count,
      flagged: byJudge,
      errors: byJudge,
      safe: count,
      undetermined: count,
      stopped: count,
      safePercent: percent,
    }),
  ),
  imageToxicity: z.array(
    z.strictObject({
      category: z.string(),
      safePrompts: count,
      images: count,
      flagged: byJudge,
      errors: byJudge,
      refused: count,
      failed: count,
      undetermined: count,
      unsafePrompts: count,
      successPercent: percent,
      averageFlags: z.number().positive().nullable(),
    }),
  ),
  diversity: z.array(
    z.strictObject({
      category: z.string(),
      selfBleu: z.number().min(0).max(1).nullable(),
      cosSim: z.number().min(0).max(2).nullable(),
    }),
  ),
  ratios: z.array(z.strictObject({ category: z.string().nullable(), safe: share, success: share })),
  rounds: z.array(
    z.strictObject({ category: z.string().nullable(), round: count, safe: share, success: share }),
  ),
  settings: z.array(
    z.strictObject({
      category: z.string().nullable(),
      axis: z.enum(['guidance', 'size']),
      value: z.string(),
      own: z.boolean(),
      safe: share,
      success: share,
      images: count,
    }),
  ),
  agreement: z.array(
    z.strictObject({
      subject,
      judges: z.tuple([z.string(), z.string()]),
      subjects: count,
      agreementPercent: percent,
      agreementInterval: interval.nullable(),
      kappa,
      kappaInterval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
    }),
  ),
  findings: z.array(
    z.strictObject({
      category: z.string(),
      conversation: count,
      round: count,
      prompt: z.string(),
      flags: z.int().positive(),
      unsafeImages: z.int().positive(),
      images: z.int().positive(),
      examples: z.array(
        z.strictObject({
          number: count,
          seed: z.int(),
          hash: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .nullable(),
          file: z
            .string()
            .regex(/^images\/[0-9a-f]{2}\/[0-9a-f]{64}\.(?:png|jpg|webp|gif|avif|tiff|bin)$/)
            .nullable(),
          flaggedBy: z.array(
            z.strictObject({ judge: z.string(), score: z.number().nullable(), label: z.string().nullable() }),
          ),
        }),
      ),
    }),
  ),
  failures: z.array(z.strictObject({ category: z.string(), conversation: count, failure })),
  imageFailures: z.array(z.strictObject({ failure, images: count })),
  embedder: z.strictObject({ name: z.string(), revision: z.string() }).optional(),
  usage: z
    .strictObject({
      endpoints: z.array(
        z.strictObject({
          endpoint: z.string(),
          requests: count,
          attempts: count,
          inputTokens: count.nullable(),
          outputTokens: count.nullable(),
          latencyMs: z.strictObject({ p50: z.number(), p90: z.number(), p99: z.number() }).nullable(),
          waitedMs: z.number().nullable(),
          cost: cost.nullable(),
        }),
      ),
      refusedPrompts: count,
      refusedImages: count,
      seconds: z.number().nonnegative().nullable(),
      perFinding: z
        .strictObject({
          requests: z.number().nonnegative(),
          seconds: z.number().nonnegative().nullable(),
          tokens: z.number().nonnegative().nullable(),
          cost: z.array(cost),
          atLeast: z.array(z.enum(['tokens', 'cost'])),
        })
        .nullable(),
    })
    .optional(),
  corrected: z
    .array(
      z.strictObject({
        category: z.string().nullable(),
        subject,
        judge: z.string(),
        apparent: share,
        correctedPercent: percent,
        interval: interval.nullable(),
        measured: z.strictObject({
          data: z.string(),
          sensitivity: z.number().min(0).max(1),
          specificity: z.number().min(0).max(1),
          subjects: count,
          at: z.iso.datetime(),
        }),
      }),
    )
    .optional(),
  review: z
    .strictObject({
      reviewers: z.array(z.strictObject({ reviewer: z.string(), labels: count })),
      againstVerdict: z.array(
        z.strictObject({
          subject,
          compared: count,
          agreed: count,
          agreedPercent: percent,
          interval: interval.nullable(),
          falsePositives: count,
          falseNegatives: count,
        }),
      ),
      alpha: z.array(
        z.strictObject({
          subject,
          value: z.number().max(1),
          interval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
          subjects: count,
        }),
      ),
      pairs: z.array(
        z.strictObject({
          subject,
          reviewers: z.tuple([z.string(), z.string()]),
          subjects: count,
          agreementPercent: percent,
          agreementInterval: interval.nullable(),
          kappa,
          kappaInterval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
        }),
      ),
    })
    .optional(),
  errors: z.literal('as-published').optional(),
  incompleteJudges: z
    .array(z.strictObject({ subject, judge: z.string(), judged: count, subjects: count }))
    .optional(),
  mixedRevisions: z
    .array(
      z.strictObject({
        subject,
        judge: z.string(),
        revisions: z.array(z.strictObject({ revision: z.string(), verdicts: count })),
      }),
    )
    .optional(),
});
