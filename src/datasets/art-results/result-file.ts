import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { problemsOf } from '../../config/problems.ts';
import { messageOf, UsageError } from '../../errors.ts';

const label = z.string();
/** Python's `nan` has to be written as `null` to be JSON. */
const number = z.number().nullish();

const promptLabels = z.looseObject({
  toxic_label: label,
  toxic_prob: number,
  nsfw_label: label,
  nsfw_prob: number,
  bias_label: label,
  bias_prob: number,
  llama_guard_2_label: label,
});
const imageLabels = z.looseObject({
  q16_label: label,
  q16_prob: number,
  nsfw_label: label,
  nsfw_prob: number,
  nsfw_label2: label,
  nsfw_prob2: number,
  multi_head_label: label,
  multi_head_pred: number,
  safety_filter_label: label,
  clip_ft_label: label,
  clip_ft_prob: number,
});
const crashed = z.literal('Error');

const roundsSchema = z
  .array(
    z.looseObject({
      round: z.int().min(1).max(100_000),
      result: z
        .array(
          z.looseObject({
            current_prompt: z.string(),
            prompt_detection: z.union([crashed, promptLabels]),
            img_detection: z.union([crashed, imageLabels]),
          }),
        )
        .min(1)
        .max(1_000),
    }),
  )
  .min(1);
const listSchema = z.array(z.unknown()).min(1);
const entrySchema = z.looseObject({
  meta_info: z.looseObject({
    seed: z.int(),
    concept: z.string().min(1).max(100),
    sd_version: z.union([z.string(), z.number()]).optional(),
  }),
});

/** What the prompt judges said, by the published code's own keys; `Error` where they crashed. */
export type PromptDetection = 'Error' | z.output<typeof promptLabels>;
/** What the image judges said, by the published code's own keys; `Error` where they crashed. */
export type ImageDetection = 'Error' | z.output<typeof imageLabels>;

/** One prompt with its images. */
export interface PublishedRound {
  /** From 1, as the published code counts. */
  readonly round: number;
  readonly prompt: string;
  /** Of the prompt's first image, which is the one that the published code counts. */
  readonly promptDetection: PromptDetection;
  /** Whether the prompt judges said the same beside every image. */
  readonly agreed: boolean;
  readonly images: readonly ImageDetection[];
}

/** All that was drawn for one seed. */
export interface PublishedConversation {
  readonly seed: number;
  readonly concept: string;
  readonly version: string | undefined;
  /** In their order, each round once. */
  readonly rounds: readonly PublishedRound[];
}

/** The largest result file that is read; the paper's have some 2 MB. */
export const LARGEST_RESULT_FILE = 64 * 1024 * 1024;

/**
 * Reads a result file's bytes: a regular file, no link, of bounded size.
 *
 * @param path the file
 * @param shown what it is called in messages
 * @param limit the most bytes
 * @throws {@link UsageError} `RESULTS_UNREADABLE`
 */
export async function readResultBytes(
  path: string,
  shown: string,
  limit = LARGEST_RESULT_FILE,
): Promise<Uint8Array> {
  const unreadable = (what: string, hint: string, cause?: unknown) =>
    new UsageError({
      code: 'RESULTS_UNREADABLE',
      message: `${shown} ${what}`,
      hint,
      data: { file: shown },
      cause,
    });
  try {
    // Not blocking: a pipe by that name would be waited for forever.
    await using file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    const { size, isFile } = await file
      .stat()
      .then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
    if (!isFile) throw unreadable('is no file', 'Put the result file in its place.');
    if (size > limit) {
      throw unreadable(
        `has ${Math.ceil(size / 1024 / 1024)} MB; at most ${Math.floor(limit / 1024 / 1024)} MB are read`,
        'Is it a result file? Split it by seeds into several folders if it is.',
      );
    }
    return await file.readFile();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ELOOP')
      throw unreadable(
        'is a link, and links are not followed',
        'Put a copy of the file in its place.',
        cause,
      );
    if (code === 'ENOENT')
      throw unreadable(
        'is missing',
        'The run may not have ended: the published code writes the file when a category is done. Without it, take the folder away.',
        cause,
      );
    throw unreadable(`cannot be read: ${messageOf(cause)}`, 'Check its permissions.', cause);
  }
}

/**
 * Reads what a result file says, and checks all of it.
 *
 * @param bytes the file's content: JSON in UTF-8
 * @param shown what it is called in messages
 * @throws {@link UsageError} `RESULTS_MALFORMED` that names the entry, the round and the image
 */
export function parseResultFile(bytes: Uint8Array, shown: string): PublishedConversation[] {
  const list = checked(listSchema, parseJson(bytes, shown), shown, () => 'the file');
  const firstBySeed = new Map<number, number>();
  return list.map((value, index) => {
    const entry = `entry ${index + 1}`;
    const read = checked(entrySchema, value, shown, () => entry);
    const { seed, concept, sd_version: version } = read.meta_info;
    const before = firstBySeed.get(seed);
    if (before !== undefined) {
      throw malformed(
        shown,
        entry,
        `its seed ${seed} stands in entry ${before} already`,
        'Take one of the two away: every prompt would count twice.',
      );
    }
    firstBySeed.set(seed, index + 1);
    const named = `${entry} (seed ${seed})`;
    const key = String(seed);
    const rounds: unknown = Object.hasOwn(read, key) ? read[key] : undefined;
    return {
      seed,
      concept,
      version: version === undefined ? undefined : String(version),
      rounds: readRounds(rounds, named, key, shown),
    };
  });
}

function readRounds(value: unknown, entry: string, key: string, shown: string): PublishedRound[] {
  const rounds = checked(roundsSchema, value, shown, ([round, , image]) =>
    [
      entry,
      ...(round === undefined ? [`key ${JSON.stringify(key)}`] : [`item ${Number(round) + 1}`]),
      ...(image === undefined ? [] : [`image ${Number(image) + 1}`]),
    ].join(', '),
  );
  const seen = new Set<number>();
  return rounds
    .map(({ round, result }, index) => {
      const place = `${entry}, item ${index + 1}`;
      if (seen.has(round)) {
        throw malformed(shown, place, `round ${round} stands there twice`, 'Take one of the two away.');
      }
      seen.add(round);
      const [first, ...others] = result;
      if (first === undefined) throw malformed(shown, place, 'it holds no image', CORRECT);
      const other = others.findIndex(({ current_prompt }) => current_prompt !== first.current_prompt);
      if (other >= 0) {
        throw malformed(
          shown,
          `${entry}, round ${round}, image ${other + 2}`,
          'its prompt is not that of image 1',
          'A round has one prompt, which is drawn several times; are two runs mixed up in the file?',
        );
      }
      const said = JSON.stringify(first.prompt_detection);
      return {
        round,
        prompt: first.current_prompt,
        promptDetection: first.prompt_detection,
        agreed: others.every(({ prompt_detection }) => JSON.stringify(prompt_detection) === said),
        images: result.map(({ img_detection }) => img_detection),
      };
    })
    .toSorted((a, b) => a.round - b.round);
}

const CORRECT = 'Correct the file, or write it anew with the published code; nothing of it was used.';

function parseJson(bytes: Uint8Array, shown: string): unknown {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed(shown, undefined, 'it is no text in UTF-8', CORRECT, cause);
  }
  try {
    return JSON.parse(source);
  } catch (cause) {
    const nan = /[:[,]\s*(NaN|-?Infinity)\b/.exec(source)?.[1];
    throw malformed(
      shown,
      undefined,
      `it is no JSON: ${messageOf(cause).replace(/\s+/g, ' ').slice(0, 200)}`,
      nan === undefined
        ? 'Was it cut off? Copy it again, or write it anew with the published code; nothing of it was used.'
        : `Python writes ${nan} where a number is missing, which JSON does not know: write null there.`,
      cause,
    );
  }
}

/** Checks a value; what is wrong first is told with its place. */
function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  shown: string,
  placeOf: (path: readonly PropertyKey[]) => string,
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error.issues, schema);
  const path = problem?.path ?? [];
  // The numbers are said in words by the place; what stands behind the last of them is a key.
  const keys = path.slice(path.findLastIndex((step) => typeof step === 'number') + 1);
  const what = problem?.message ?? 'it does not have the shape of a result file';
  throw malformed(
    shown,
    placeOf(path),
    keys.length === 0 ? what : `${keys.map(String).join('.')} ${what}`,
    CORRECT,
  );
}

function malformed(
  shown: string,
  place: string | undefined,
  what: string,
  hint: string,
  cause?: unknown,
): UsageError {
  return new UsageError({
    code: 'RESULTS_MALFORMED',
    message: `${shown}${place === undefined ? '' : `, ${place}`}: ${what}`,
    hint,
    data: { file: shown, place },
    cause,
  });
}

/** Keys that a detection has beside those that the published code writes. */
export function unknownKeys({ rounds }: PublishedConversation): string[] {
  const detections = rounds.flatMap(({ promptDetection, images }) => [
    ...strangers(promptDetection, promptLabels),
    ...images.flatMap((image) => strangers(image, imageLabels)),
  ]);
  return [...new Set(detections)];
}

function strangers(detection: PromptDetection | ImageDetection, known: z.ZodObject): string[] {
  if (detection === 'Error') return [];
  return Object.keys(detection).filter((key) => !Object.hasOwn(known.shape, key));
}
