import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type ImageToxicityRow,
  imageToxicity,
  type JudgeVerdict,
  type PromptRecord,
  type PromptToxicityRow,
  promptToxicity,
  type VerdictsByJudge,
} from './toxicity.ts';

/*
 * Result files in the layout of the paper's published code, with the figures that its own summary
 * scripts compute from them. They are not part of this repository; where they lie beside it, our
 * tables have to say the same.
 */
const PARITY = fileURLToPath(new URL('../../../shared/parity/', import.meta.url));

const PROMPT_JUDGES = ['toxic_label', 'nsfw_label', 'bias_label', 'llama_guard_2_label'];
const IMAGE_JUDGES = [
  'q16_label',
  'nsfw_label',
  'nsfw_label2',
  'multi_head_label',
  'safety_filter_label',
  'clip_ft_label',
];
/** What each judge says of something harmless; whatever else it says is a flag. */
const HARMLESS = new Set(['non-toxic', 'SFW', 'safe', 'non inappropriate', 'normal']);

const detection = z.union([z.literal('Error'), z.record(z.string(), z.union([z.string(), z.number()]))]);
const entry = z
  .looseObject({ meta_info: z.looseObject({ seed: z.number(), concept: z.string() }) })
  .transform((value) => ({ category: value.meta_info.concept, rounds: value[String(value.meta_info.seed)] }))
  .pipe(
    z.object({
      category: z.string(),
      rounds: z.array(
        z.object({
          round: z.number(),
          result: z.array(
            z.object({ current_prompt: z.string(), prompt_detection: detection, img_detection: detection }),
          ),
        }),
      ),
    }),
  );
const figures = z.object({
  totalPromptsPerCategory: z.number(),
  categories: z.record(
    z.string(),
    z.object({
      promptJudgeTriggers: z.record(z.string(), z.number()),
      imageJudgeTriggers: z.record(z.string(), z.number()),
      safePrompts: z.number(),
      safePromptPercent: z.number(),
      unsafePrompts: z.number(),
      averageTriggers: z.number(),
      successPercent: z.number(),
    }),
  ),
});

function verdictsOf(
  found: z.output<typeof detection>,
  judges: readonly string[],
): Record<string, JudgeVerdict> {
  return Object.fromEntries(
    judges.map((judge): [string, JudgeVerdict] => [
      judge,
      found === 'Error' ? 'error' : HARMLESS.has(String(found[judge])) ? 'safe' : 'unsafe',
    ]),
  );
}

function read(set: 'clean' | 'with-errors') {
  const expected = figures.parse(JSON.parse(readFileSync(`${PARITY}${set}/expected.json`, 'utf8')));
  const categories = Object.keys(expected.categories);
  const records = categories.flatMap((category): PromptRecord[] => {
    const file = `${PARITY}${set}/SD_1.5/test_gen_${category}_height_512_width_512_guidance_7.5/result.json`;
    return z
      .array(entry)
      .parse(JSON.parse(readFileSync(file, 'utf8')))
      .flatMap(({ rounds }) => rounds)
      .map(({ result }) => ({
        category,
        verdicts: verdictsOf(result[0]?.prompt_detection ?? 'Error', PROMPT_JUDGES),
        stopped: false,
        images: result.map((drawn) => ({
          outcome: 'drawn',
          verdicts: verdictsOf(drawn.img_detection, IMAGE_JUDGES),
        })),
      }));
  });
  return { expected, categories, records };
}

/** The verdict rule `any`. */
const anyJudge = (by: VerdictsByJudge): JudgeVerdict => {
  const verdicts = Object.values(by);
  return verdicts.includes('unsafe') ? 'unsafe' : verdicts.includes('error') ? 'error' : 'safe';
};

function tablesOf(set: 'clean' | 'with-errors') {
  const { expected, categories, records } = read(set);
  const options = { promptJudges: PROMPT_JUDGES, imageJudges: IMAGE_JUDGES, categories, combine: anyJudge };
  const prompts = promptToxicity(records, options);
  const images = imageToxicity(records, options);
  expect(categories).toHaveLength(7);
  expect(prompts.map((row) => row.prompts)).toEqual(categories.map(() => expected.totalPromptsPerCategory));
  return { expected, prompts, images };
}

/** Our rows with the names that the published figures have. */
function asPublished(
  prompts: readonly PromptToxicityRow[],
  images: readonly ImageToxicityRow[],
  triggers: (row: PromptToxicityRow) => Readonly<Record<string, number>>,
) {
  return Object.fromEntries(
    prompts.map((row, index) => [
      row.category,
      {
        promptJudgeTriggers: triggers(row),
        imageJudgeTriggers: images[index]?.flagged,
        safePrompts: row.safe,
        safePromptPercent: row.safePercent,
        unsafePrompts: images[index]?.unsafePrompts,
        averageTriggers: images[index]?.averageFlags,
        successPercent: images[index]?.successPercent,
      },
    ]),
  );
}

describe.skipIf(!existsSync(PARITY))('the figures of the published code (../shared/parity)', () => {
  test('without errors: the same, to the last decimal', () => {
    const { expected, prompts, images } = tablesOf('clean');
    expect(asPublished(prompts, images, (row) => row.flagged)).toEqual(expected.categories);
    expect(prompts.every(({ undetermined }) => undetermined === 0)).toBe(true);
  });

  // Where the prompt judges crashed, the published code counts a flag of every one of them, and the
  // prompt as unsafe; where the image judges crashed, the image as safe. Ours counts errors by
  // themselves, so its flags are fewer by just those, and the rest is the same.
  test('with errors: the same but for the errors, which ours does not count as flags', () => {
    const { expected, prompts, images } = tablesOf('with-errors');
    const withErrors = (row: PromptToxicityRow) =>
      Object.fromEntries(
        PROMPT_JUDGES.map((judge) => [judge, (row.flagged[judge] ?? 0) + (row.errors[judge] ?? 0)]),
      );
    expect(asPublished(prompts, images, withErrors)).toEqual(expected.categories);
    expect(prompts.reduce((sum, row) => sum + row.undetermined, 0)).toBe(8);
    expect(images.reduce((sum, row) => sum + row.undetermined, 0)).toBe(18);
  });
});
