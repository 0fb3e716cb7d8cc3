import { z } from 'zod';
import { COMMON_JUDGE_KEYS, judgeTypeOf } from '../config/judge-entries.ts';
import { didYouMean } from '../config/nearest.ts';
import { isOwnJudge } from '../config/own-objects.ts';
import type { JudgeConfig, VerdictRule } from '../config/schema.ts';
import { UsageError } from '../errors.ts';
import { nsfwjs } from './image/nsfwjs.ts';
import { sandbox } from './image/sandbox.ts';
import type { ImageJudge, PromptJudge, SubjectKind } from './judge.ts';
import type {
  ImageJudgeDefinition,
  JudgeDefinition,
  JudgeServices,
  JudgeWorld,
  PromptJudgeDefinition,
} from './judge-definition.ts';
import { lexicon } from './prompt/lexicon.ts';
import { profanity } from './prompt/profanity.ts';
import type { JudgeRuntime } from './runtime/judge-runtime.ts';
import { createJudgeRuntime } from './runtime/onnx-runtime.ts';
import { flagsNeeded } from './verdict.ts';
import { createWeightStore } from './weights/weight-store.ts';

/** Every judge of prompts that a configuration can name: a new one is a file and a line here. */
export const PROMPT_JUDGES: readonly PromptJudgeDefinition[] = [lexicon, profanity];

/** Every judge of images that a configuration can name: a new one is a file and a line here. */
export const IMAGE_JUDGES: readonly ImageJudgeDefinition[] = [nsfwjs, sandbox];

/** Every judge that a configuration can name. */
export const JUDGES: readonly JudgeDefinition[] = [...PROMPT_JUDGES, ...IMAGE_JUDGES];

/** The judges of a campaign, ready to judge. */
export interface Judges {
  readonly prompt: readonly PromptJudge[];
  readonly image: readonly ImageJudge[];
  /** What they share; closed with them. */
  readonly runtime?: JudgeRuntime;
}

/** The part of the configuration that {@link createJudges} reads. */
export interface JudgesConfig {
  /** Names, names with options, or judges of the user's own. */
  readonly prompt: readonly (JudgeConfig | PromptJudge)[];
  readonly image: readonly (JudgeConfig | ImageJudge)[];
  readonly verdict: VerdictRule;
}

/**
 * Makes the judges of a campaign.
 *
 * @param config the configuration's `judges`
 * @param world what the judges may use of the world
 * @throws {@link UsageError} for an unknown judge, a judge in the wrong list, a name that occurs
 *   twice, wrong options, a missing package, or a verdict rule that no subject could ever meet; judges
 *   made before that are closed again
 */
export async function createJudges(config: JudgesConfig, world: JudgeWorld): Promise<Judges> {
  checkList('prompt', config.prompt, config.verdict);
  checkList('image', config.image, config.verdict);
  const prompt: PromptJudge[] = [];
  const image: ImageJudge[] = [];
  const runtime = createJudgeRuntime(world.configDir);
  const services = { ...world, runtime, weights: createWeightStore(world) };
  try {
    for (const entry of config.prompt) {
      prompt.push(isPromptJudge(entry) ? entry : await create(PROMPT_JUDGES, 'prompt', entry, services));
    }
    for (const entry of config.image) {
      image.push(isImageJudge(entry) ? entry : await create(IMAGE_JUDGES, 'image', entry, services));
    }
  } catch (error) {
    await closeJudges({ prompt, image, runtime });
    throw error;
  }
  return { prompt, image, runtime };
}

/** Gives back what the judges hold; waits for all of them, also when one fails. */
export async function closeJudges({ prompt, image, runtime }: Judges): Promise<void> {
  const closed = await Promise.allSettled([...prompt, ...image].map((judge) => judge.close?.()));
  closed.push(...(await Promise.allSettled([runtime?.close()])));
  const failed = closed.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

type Entry = JudgeConfig | PromptJudge | ImageJudge;

function isPromptJudge(entry: Entry): entry is PromptJudge {
  return isOwnJudge(entry) && entry.subject === 'prompt';
}

function isImageJudge(entry: Entry): entry is ImageJudge {
  return isOwnJudge(entry) && entry.subject === 'image';
}

/** What is wrong with a list can be said before anything is loaded. */
function checkList(subject: SubjectKind, entries: readonly Entry[], rule: VerdictRule): void {
  const seen = new Set<string>();
  for (const entry of entries) {
    const name = nameOf(entry);
    if (isOwnJudge(entry)) checkOwnJudge(subject, entry);
    if (seen.has(name)) {
      throw new UsageError({
        code: 'DUPLICATE_JUDGE',
        message: `judges.${subject}: the judge ${show(name)} is listed twice`,
        hint: 'Keep one of them: a second would count every flag double.',
        data: { judge: name, subject },
      });
    }
    seen.add(name);
  }
  const needed = flagsNeeded(rule, entries.length);
  if (needed > entries.length) {
    throw new UsageError({
      code: 'VERDICT_OUT_OF_REACH',
      message: `judges.verdict: atLeast ${needed} can never be met by ${entries.length} ${subject} judge${entries.length === 1 ? '' : 's'}`,
      hint: `Add ${subject} judges, or lower atLeast: nothing would ever count as unsafe.`,
      data: { subject, needed, judges: entries.length },
    });
  }
}

/** A user's own judge comes from JavaScript as well, so its shape is checked. */
function checkOwnJudge(subject: SubjectKind, judge: PromptJudge | ImageJudge): void {
  if (judge.subject !== subject) throw wrongSubject(judge.name, subject, String(judge.subject));
  if (!Number.isInteger(judge.batchSize) || judge.batchSize < 1) {
    throw new UsageError({
      code: 'WRONG_JUDGE_OPTIONS',
      message: `judges.${subject}: the batchSize of the judge ${show(judge.name)} is ${String(judge.batchSize)}, not a whole number from 1 on`,
      hint: 'batchSize is the most subjects that one call of judge() takes.',
      data: { judge: judge.name },
    });
  }
}

async function create<MadeJudge extends PromptJudge | ImageJudge>(
  definitions: readonly {
    readonly name: string;
    create(options: unknown, services: JudgeServices): Promise<MadeJudge>;
  }[],
  subject: SubjectKind,
  entry: Entry,
  services: Omit<JudgeServices, 'judgeName'>,
): Promise<MadeJudge> {
  const name = nameOf(entry);
  const type = judgeTypeOf(
    entry,
    subject,
    definitions.map((definition) => definition.name),
  );
  const definition = definitions.find((candidate) => candidate.name === type);
  if (definition === undefined) throw unknownJudge(type ?? name, subject);
  const settings = typeof entry === 'string' ? {} : entry;
  const common = new Set<string>(COMMON_JUDGE_KEYS);
  const options = Object.fromEntries(Object.entries(settings).filter(([key]) => !common.has(key)));
  const judge = await definition.create(options, { ...services, judgeName: name });
  const categories = z.array(z.string()).optional().parse(Reflect.get(settings, 'categories'));
  return categories === undefined ? judge : { ...judge, categories };
}

function nameOf(entry: Entry): string {
  return typeof entry === 'string' ? entry : entry.name;
}

function unknownJudge(name: string, subject: SubjectKind): UsageError {
  const elsewhere = JUDGES.find((definition) => definition.name === name);
  if (elsewhere !== undefined) return wrongSubject(name, subject, elsewhere.subject);
  const known = JUDGES.filter((definition) => definition.subject === subject).map(
    (definition) => definition.name,
  );
  return new UsageError({
    code: 'UNKNOWN_JUDGE',
    message: `judges.${subject}: there is no judge ${show(name)}; ${didYouMean(name, known)}`,
    hint: `Judges of ${subject}s: ${known.join(', ')}; or one of your own, made with defineJudge.`,
    data: { judge: name, subject, known },
  });
}

function wrongSubject(name: string, subject: SubjectKind, actual: string): UsageError {
  return new UsageError({
    code: 'WRONG_JUDGE_SUBJECT',
    message: `judges.${subject}: ${show(name)} judges ${actual}s, not ${subject}s`,
    hint: `Move it to judges.${actual}.`,
    data: { judge: name, subject, actual },
  });
}

/** A name out of a file, short and without anything that a terminal would obey. */
function show(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
