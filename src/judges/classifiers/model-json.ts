import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { ModelFile } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';

/** What classifiers need of a model's `config.json`; models say much more there. */
export const modelConfigSchema = z.looseObject({
  model_type: z.string().optional(),
  id2label: z.record(z.string(), z.string()).nullish(),
  problem_type: z.string().nullish(),
  max_position_embeddings: z.number().int().positive().nullish(),
  pad_token_id: z.number().int().nonnegative().nullish(),
});

export type ModelConfig = z.output<typeof modelConfigSchema>;

/**
 * Reads one of a model's JSON files.
 *
 * @param neededBy e.g. `The judge td`
 * @throws {@link WeightsError} `WEIGHTS_UNREADABLE` where it is no JSON of that shape
 */
export async function readModelJson<Schema extends z.ZodType>(
  file: ModelFile,
  schema: Schema,
  neededBy: string,
): Promise<z.output<Schema>> {
  const unreadable = (why: string, cause?: unknown) =>
    new WeightsError({
      code: 'WEIGHTS_UNREADABLE',
      message: `${neededBy}: ${file.path} cannot be read: ${why}`,
      hint: 'Fetch or export the model anew.',
      data: { file: file.path },
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file.path, 'utf8'));
  } catch (error) {
    throw unreadable(messageOf(error), error);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error).replaceAll('\n', ' '), parsed.error);
  return parsed.data;
}
