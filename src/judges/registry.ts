import { z } from 'zod';
import { COMMON_JUDGE_KEYS, judgeTypeOf } from '../config/judge-entries.ts';
import { didYouMean } from '../config/nearest.ts';
import { isOwnJudge } from '../config/own-objects.ts';
import type { JudgeConfig, VerdictRules } from '../config/schema.ts';
import { verdictProblems } from '../config/verdict-rules.ts';
import { UsageError } from '../errors.ts';
import { imageAzureContentSafety } from './image/azure-content-safety.ts';
import { googleSafeSearch } from './image/google-safe-search.ts';
import { imageHttp } from './image/http.ts';
import { imageClassifier } from './image/image-classifier.ts';
import { imageLlamaGuard } from './image/llama-guard.ts';
import { llavaGuard } from './image/llava-guard.ts';
import { mhsc } from './image/mhsc.ts';
import { nsfwI1 } from './image/nsfw-i-1.ts';
import { nsfwI2 } from './image/nsfw-i-2.ts';
import { nsfwjs } from './image/nsfwjs.ts';
import { imageOpenaiModeration } from './image/openai-moderation.ts';
import { q16 } from './image/q16.ts';
import { q16Ft } from './image/q16-ft.ts';
import { imageRubric } from './image/rubric.ts';
import { sandbox } from './image/sandbox.ts';
import { sf } from './image/sf.ts';
import { shieldGemma } from './image/shield-gemma.ts';
import type { ImageJudge, PromptJudge, SubjectKind } from './judge.ts';
import type {
  ImageJudgeDefinition,
  JudgeDefinition,
  JudgeServices,
  JudgeWorld,
  PromptJudgeDefinition,
} from './judge-definition.ts';
import { promptAzureContentSafety } from './prompt/azure-content-safety.ts';
import { promptHttp } from './prompt/http.ts';
import { lexicon } from './prompt/lexicon.ts';
import { promptLlamaGuard } from './prompt/llama-guard.ts';
import { nsfwP } from './prompt/nsfw-p.ts';
import { promptOpenaiModeration } from './prompt/openai-moderation.ts';
import { profanity } from './prompt/profanity.ts';
import { promptRubric } from './prompt/rubric.ts';
import { tcd } from './prompt/tcd.ts';
import { td } from './prompt/td.ts';
import { textClassifier } from './prompt/text-classifier.ts';
import type { JudgeRuntime } from './runtime/judge-runtime.ts';
import { createJudgeRuntime } from './runtime/onnx-runtime.ts';
import { createWeightStore } from './weights/weight-store.ts';

/** Every judge of prompts that a configuration can name: a new one is a file and a line here. */
export const PROMPT_JUDGES: readonly PromptJudgeDefinition[] = [
  lexicon,
  profanity,
  promptLlamaGuard,
  promptRubric,
  promptOpenaiModeration,
  promptAzureContentSafety,
  promptHttp,
  td,
  nsfwP,
  tcd,
  textClassifier,
];

/** Every judge of images that a configuration can name: a new one is a file and a line here. */
export const IMAGE_JUDGES: readonly ImageJudgeDefinition[] = [
  nsfwjs,
  sandbox,
  imageLlamaGuard,
  shieldGemma,
  llavaGuard,
  imageRubric,
  imageOpenaiModeration,
  imageAzureContentSafety,
  googleSafeSearch,
  imageHttp,
  nsfwI1,
  nsfwI2,
  imageClassifier,
  q16,
  q16Ft,
  mhsc,
  sf,
];

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
  /** Names, names with options, or judges of the user's own; one that stands in the wrong list is refused. */
  readonly prompt: readonly (JudgeConfig | PromptJudge | ImageJudge)[];
  readonly image: readonly (JudgeConfig | PromptJudge | ImageJudge)[];
  /** Left out, whether the judges can meet a rule is not looked at. */
  readonly verdict?: VerdictRules;
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
  checkList('prompt', config.prompt);
  checkList('image', config.image);
  checkRule(config, world);
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
function checkList(subject: SubjectKind, entries: readonly Entry[]): void {
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
}

/** Every category needs a judge, and the rule judges that can meet it. */
function checkRule({ prompt, image, verdict }: JudgesConfig, { categories }: JudgeWorld): void {
  const ruled = (entries: readonly Entry[]) =>
    entries.map((entry) => ({ name: nameOf(entry), categories: categoriesOf(entry) }));
  const names = categories.map(({ name }) => name);
  // Without a rule, judges are added to others that may have judged the other categories.
  const [problem] = verdictProblems(verdict, { prompt: ruled(prompt), image: ruled(image) }, names).filter(
    ({ code }) => verdict !== undefined || code !== 'NO_JUDGE_FOR_CATEGORY',
  );
  if (problem === undefined) return;
  const { code, path, message } = problem;
  throw new UsageError({
    code,
    message: `${['judges', ...path].map(String).join('.')}: ${message}`,
    ...(code === 'VERDICT_OUT_OF_REACH'
      ? { hint: 'Add judges, or lower what the rule asks for: nothing would ever count as unsafe.' }
      : {}),
    data: { path: path.map(String) },
  });
}

/** The only categories that an entry is asked about. */
function categoriesOf(entry: Entry): string[] | undefined {
  if (typeof entry === 'string') return undefined;
  const parsed = z.array(z.string()).optional().safeParse(Reflect.get(entry, 'categories'));
  if (parsed.success) return parsed.data;
  throw new UsageError({
    code: 'WRONG_JUDGE_OPTIONS',
    message: `The categories of the judge ${show(entry.name)} are no list of names.`,
    hint: 'Write, e.g., categories: [violence, shocking].',
    data: { judge: entry.name },
  });
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
  const categories = categoriesOf(entry);
  // Given to the judge itself: a copy of an object of a class would lose its methods.
  return Object.assign(judge, {
    ...(judge.name === name ? {} : { name }),
    ...(categories === undefined ? {} : { categories }),
  });
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
