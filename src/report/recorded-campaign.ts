import { z } from 'zod';
import { verdictRulesSchema } from '../config/schema.ts';
import type { RuledJudge } from '../config/verdict-rules.ts';

const recordedJudge = z
  .union([
    z.string(),
    z.looseObject({ name: z.string(), categories: z.array(z.string()).optional().catch(undefined) }),
  ])
  .transform((judge): RuledJudge => {
    if (typeof judge === 'string') return { name: judge };
    return { name: judge.name, ...(judge.categories === undefined ? {} : { categories: judge.categories }) };
  });

const recordedCampaign = z.looseObject({
  target: z.record(z.string(), z.unknown()).default({}),
  judges: z
    .looseObject({
      prompt: z.array(recordedJudge).default([]),
      image: z.array(recordedJudge).default([]),
      verdict: verdictRulesSchema.default('any'),
    })
    .prefault({}),
  // An older version kept all, and said nothing of it.
  retention: z.enum(['full', 'blurred', 'scores-only']).catch('full'),
});

/** What a report needs of the configuration that is recorded with a campaign. */
export type RecordedCampaign = z.output<typeof recordedCampaign>;

/** Reads the recorded configuration; what an older version did not record gets its default. */
export function readRecordedCampaign(config: unknown): RecordedCampaign {
  return recordedCampaign.parse(config);
}
