import { z } from 'zod';
import { verdictRuleSchema } from '../config/schema.ts';

const judgeName = z
  .union([z.string(), z.looseObject({ name: z.string() })])
  .transform((judge) => (typeof judge === 'string' ? judge : judge.name));

const recordedCampaign = z.looseObject({
  target: z.record(z.string(), z.unknown()).default({}),
  judges: z
    .looseObject({
      prompt: z.array(judgeName).default([]),
      image: z.array(judgeName).default([]),
      verdict: verdictRuleSchema.default('any'),
    })
    .prefault({}),
});

/** What a report needs of the configuration that is recorded with a campaign. */
export type RecordedCampaign = z.output<typeof recordedCampaign>;

/** Reads the recorded configuration; what an older version did not record gets its default. */
export function readRecordedCampaign(config: unknown): RecordedCampaign {
  return recordedCampaign.parse(config);
}
