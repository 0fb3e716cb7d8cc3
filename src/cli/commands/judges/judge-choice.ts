import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { judgeTypeOf } from '../../../config/judge-entries.ts';
import { resolveCategories } from '../../../config/resolve-categories.ts';
import type { JudgeConfig, VerdictRule } from '../../../config/schema.ts';
import { findLiteralSecrets } from '../../../config/secrets.ts';
import { ruleFor } from '../../../config/verdict-rules.ts';
import { messageOf, UsageError } from '../../../errors.ts';
import type { ImageJudge, PromptJudge, SubjectKind } from '../../../judges/judge.ts';
import type { JudgeDefinition, JudgeWorld } from '../../../judges/judge-definition.ts';
import { createJudges, IMAGE_JUDGES, JUDGES, type Judges, PROMPT_JUDGES } from '../../../judges/registry.ts';
import { modelServices } from '../../../models/model-services.ts';
import { BUILT_IN_CATEGORIES, type Category } from '../../../taxonomy/categories.ts';
import { loadConfigOf } from '../../load.ts';

/** A judge that a command line or a configuration names. */
export type JudgeEntry = JudgeConfig | PromptJudge | ImageJudge;

/** The flags that choose judges. */
export interface JudgeFlags {
  /** Names and JSON objects, in their order. */
  readonly judge?: readonly JudgeConfig[];
  /** A configuration whose judges are taken. */
  readonly config?: string;
}

/** The judges that were chosen, and what is needed to make them. */
export interface JudgeChoice {
  readonly prompt: readonly (JudgeConfig | PromptJudge)[];
  readonly image: readonly (JudgeConfig | ImageJudge)[];
  /** The configuration's verdict rule; `any` without one. */
  rule(subject: SubjectKind): VerdictRule;
  readonly categories: readonly Category[];
  /** Files and packages are looked for from here. */
  readonly directory: string;
}

/** Judges that need nothing but what is installed. */
const DEFAULT_JUDGES: Readonly<Record<SubjectKind, readonly string[]>> = {
  prompt: ['lexicon', 'profanity'],
  image: ['nsfwjs'],
};

const NAMES: Readonly<Record<SubjectKind, readonly string[]>> = {
  prompt: PROMPT_JUDGES.map(({ name }) => name),
  image: IMAGE_JUDGES.map(({ name }) => name),
};

const inlineJudge = z.looseObject({ name: z.string().min(1) });

/** For commander: one more `--judge`, a name or a JSON object. */
export function collectJudge(word: string, before: readonly JudgeConfig[] = []): JudgeConfig[] {
  return [...before, parseJudge(word)];
}

/**
 * A judge as it is written on a command line.
 *
 * @param word a name, or a JSON object with `name` and options
 * @throws InvalidArgumentError for JSON that is none, has no name, or holds a key
 */
export function parseJudge(word: string): JudgeConfig {
  if (!word.trimStart().startsWith('{')) return word;
  let value: unknown;
  try {
    value = JSON.parse(word);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${messageOf(error)}.`);
  }
  if (findLiteralSecrets(value, process.env).length > 0) {
    throw new InvalidArgumentError(
      'It holds a key; keys come from the environment: name the variable, e.g. "apiKeyEnv": "MY_KEY".',
    );
  }
  const parsed = inlineJudge.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('A judge as JSON has a name, e.g. {"name":"my-judge","model":"org/repo"}.');
}

/**
 * The judges that the flags name: of a configuration where one is given, with `--judge` only those of it (or
 * others that are built in); without any flag those that need no download.
 *
 * @param subject what is going to be judged; absent: judges of both kinds are asked for
 * @throws {@link UsageError} for a configuration that is wrong
 */
export async function chooseJudges(
  flags: JudgeFlags,
  subject: SubjectKind | undefined,
): Promise<JudgeChoice> {
  const loaded = flags.config === undefined ? undefined : await loadConfigOf(flags.config);
  const judges = loaded?.config.judges;
  const configured = { prompt: judges?.prompt ?? [], image: judges?.image ?? [] };
  const wanted = flags.judge;
  const choose = <Own extends PromptJudge | ImageJudge>(
    kind: SubjectKind,
    entries: readonly (JudgeConfig | Own)[],
  ): readonly (JudgeConfig | Own)[] => {
    if (subject !== undefined && subject !== kind) return [];
    if (wanted === undefined) return loaded === undefined ? DEFAULT_JUDGES[kind] : entries;
    return wanted.flatMap((one) => {
      const ofConfig = entries.find((entry) => nameOf(entry) === one);
      if (ofConfig !== undefined) return [ofConfig];
      // Where the kind is open, a judge goes where it is known; one that is known nowhere is told of there.
      return subject !== undefined || kindsOf(one, configured).includes(kind) ? [one] : [];
    });
  };
  return {
    prompt: choose('prompt', configured.prompt),
    image: choose('image', configured.image),
    rule: (kind) => (judges === undefined ? 'any' : ruleFor(judges.verdict, kind)),
    categories: loaded === undefined ? BUILT_IN_CATEGORIES : resolveCategories(loaded.config),
    directory: loaded?.directory ?? process.cwd(),
  };
}

/** Of what a judge judges, by its name or keys; prompts where nothing tells, so that it is told there. */
function kindsOf(
  entry: JudgeConfig,
  configured: { readonly prompt: readonly JudgeEntry[]; readonly image: readonly JudgeEntry[] },
): SubjectKind[] {
  const name = nameOf(entry);
  const inConfig = (['prompt', 'image'] as const).filter((kind) =>
    configured[kind].some((one) => nameOf(one) === name),
  );
  if (inConfig.length > 0 && typeof entry === 'string') return inConfig;
  const kinds = definitionsOf(entry).map(({ subject }) => subject);
  return kinds.length === 0 ? ['prompt'] : kinds;
}

/**
 * The built-in judges that an entry may mean: those of its name or type, else those that its keys tell;
 * one of prompts and one of images where nothing tells which.
 */
export function definitionsOf(entry: JudgeConfig): JudgeDefinition[] {
  const type = typeof entry === 'string' ? undefined : entry.type;
  const named = JUDGES.filter(({ name }) => name === (type ?? nameOf(entry)));
  if (named.length > 0) return named;
  return JUDGES.filter(({ name, subject }) => judgeTypeOf(entry, subject, NAMES[subject]) === name);
}

/** The name of a judge, however it is given. */
export function nameOf(entry: JudgeEntry): string {
  return typeof entry === 'string' ? entry : entry.name;
}

/** What the making of chosen judges gets from this process. */
export async function judgeWorld(
  { categories, directory }: Pick<JudgeChoice, 'categories' | 'directory'>,
  onDownload?: JudgeWorld['onDownload'],
): Promise<JudgeWorld> {
  return { ...(await modelServices(resolve(directory))), categories, onDownload };
}

/**
 * Makes the chosen judges of one kind of subject.
 *
 * @throws {@link UsageError} where there is none, and whatever the making of one throws
 */
export async function makeChosenJudges(
  choice: JudgeChoice,
  subject: SubjectKind,
  world: JudgeWorld,
): Promise<Judges> {
  if (choice[subject].length === 0) {
    throw new UsageError({
      code: 'NO_JUDGES',
      message: `There is no judge of ${subject}s to ask.`,
      hint: `Name one with --judge, e.g. --judge ${NAMES[subject][0] ?? ''}; art judges list shows all.`,
      data: { subject },
    });
  }
  return subject === 'prompt'
    ? createJudges({ prompt: choice.prompt, image: [], verdict: choice.rule('prompt') }, world)
    : createJudges({ prompt: [], image: choice.image, verdict: choice.rule('image') }, world);
}
