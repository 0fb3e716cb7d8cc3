import { createHash } from 'node:crypto';
import { messageOf, UsageError } from '../../errors.ts';
import { BUILT_IN_CATEGORIES, builtInCategory } from '../../taxonomy/categories.ts';
import {
  findResultFiles,
  matches,
  type PublishedSetting,
  type ResultFile,
  type SettingFilter,
  settingInWords,
} from './find-result-files.ts';
import { type PublishedConversation, parseResultFile, readResultBytes, unknownKeys } from './result-file.ts';

/** The results of one category. */
export interface PublishedCategory {
  readonly category: string;
  /** The file, below the folder that was asked for. */
  readonly file: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
  readonly conversations: readonly PublishedConversation[];
}

/** All that was drawn under one setting: what becomes a campaign. */
export interface PublishedCampaign extends PublishedSetting {
  readonly version: string;
  /** What the run was called, e.g. `test_gen`. */
  readonly run: string;
  /** SHA-256 of setting and files: the same results have the same, wherever they lie. */
  readonly contentHash: string;
  /** The built-in ones first, in their order. */
  readonly categories: readonly PublishedCategory[];
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
}

/** What {@link readArtResults} read. */
export interface ArtResults {
  readonly campaigns: readonly PublishedCampaign[];
  /** One a setting of which a file is damaged: nothing of it is to be used. */
  readonly problems: readonly UsageError[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** How many images the published code draws for a prompt. */
const IMAGES_PER_PROMPT = 5;
/** The most damaged files that a message tells of. */
const MOST_PROBLEMS = 5;

/**
 * Reads the result files of the paper's published code, and checks all of them.
 *
 * @param folder a folder with `SD_<version>` folders, one of those, or one `test_gen_…` folder
 * @param filter which settings are wanted
 * @throws {@link UsageError} `RESULTS_UNREADABLE`, `NO_RESULTS`
 */
export async function readArtResults(folder: string, filter: SettingFilter = {}): Promise<ArtResults> {
  const { files, notes } = await findResultFiles(folder, filter);
  const campaigns: PublishedCampaign[] = [];
  const problems: UsageError[] = [];
  for (const group of Map.groupBy(files, (file) => `${file.run} ${settingInWords(file)}`).values()) {
    const read = await readGroup(group, filter);
    if (read instanceof UsageError) problems.push(read);
    else if (read !== undefined) campaigns.push(read);
  }
  if (campaigns.length === 0 && problems.length === 0) {
    throw new UsageError({
      code: 'NO_RESULTS',
      message: `${folder} has no results of SD ${filter.version}`,
      hint: `Its files say otherwise; leave --sd out, or keep them in folders SD_<version>.`,
      data: { folder },
    });
  }
  return { campaigns: campaigns.toSorted(bySetting), problems, notes };
}

function bySetting(a: PublishedCampaign, b: PublishedCampaign): number {
  if (a.version !== b.version) return a.version < b.version ? -1 : 1;
  return a.width * a.height - b.width * b.height || a.guidance - b.guidance;
}

/** One setting's files; `undefined` where they turn out to be of a version that is not wanted. */
async function readGroup(
  files: readonly ResultFile[],
  filter: SettingFilter,
): Promise<PublishedCampaign | UsageError | undefined> {
  const [first] = files;
  if (first === undefined) return undefined;
  const categories: PublishedCategory[] = [];
  const problems: UsageError[] = [];
  for (const file of files) {
    try {
      const bytes = await readResultBytes(file.path, file.shown);
      const conversations = parseResultFile(bytes, file.shown);
      checkPlace(file, conversations);
      const category = categoryOf(file);
      const twin = categories.find((other) => other.category === category);
      if (twin !== undefined) throw twice(file, twin);
      categories.push({
        category,
        file: file.shown,
        sha256: sha256(bytes),
        conversations,
      });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) return damaged(first, problems);
  const version = first.version ?? oneVersionOf(first, categories);
  if (version instanceof UsageError) return version;
  const { run, width, height, guidance } = first;
  const setting = { version, width, height, guidance };
  if (!matches(setting, filter)) return undefined;
  const ordered = categories.toSorted(
    (a, b) => orderOf(a) - orderOf(b) || (a.category < b.category ? -1 : 1),
  );
  return {
    ...setting,
    run,
    contentHash: sha256(
      JSON.stringify([setting, ordered.map(({ category, sha256: hash }) => [category, hash])]),
    ),
    categories: ordered,
    notes: notesOf(ordered),
  };
}

/** A file in the wrong folder would be counted as what it is not. */
function checkPlace(file: ResultFile, conversations: readonly PublishedConversation[]): void {
  for (const { seed, concept, version } of conversations) {
    const told = plain(concept) !== plain(file.category) ? `concept ${JSON.stringify(concept)}` : undefined;
    const other =
      told ??
      (version !== undefined && file.version !== undefined && version !== file.version
        ? `sd_version ${JSON.stringify(version)}`
        : undefined);
    if (other === undefined) continue;
    throw new UsageError({
      code: 'RESULTS_MALFORMED',
      message: `${file.shown}, seed ${seed}: it says ${other}, its folder another`,
      hint: 'Put the file where it belongs: folder and file have to agree.',
      data: { file: file.shown, seed },
    });
  }
}

/** The built-in category that the folder means, or its own word. */
function categoryOf({ category }: ResultFile): string {
  return BUILT_IN_CATEGORIES.find(({ name }) => plain(name) === plain(category))?.name ?? category;
}

function twice({ shown }: ResultFile, { file, category }: PublishedCategory): UsageError {
  return new UsageError({
    code: 'RESULTS_MALFORMED',
    message: `${shown}: ${file} holds the same category, ${JSON.stringify(category)}, under the same setting`,
    hint: 'Take one of the two folders away.',
    data: { file: shown },
  });
}

/** `Illegal_Activity` is `illegal activity`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, ' ');
}

function oneVersionOf(file: ResultFile, categories: readonly PublishedCategory[]): string | UsageError {
  const told = new Set(
    categories.flatMap(({ conversations }) => conversations.map(({ version }) => version)),
  );
  const [version] = told;
  if (told.size === 1 && version !== undefined) return version;
  return damaged(file, [
    new UsageError({
      code: 'RESULTS_MALFORMED',
      message: `${file.shown}: ${told.size > 1 ? 'the files beside it are of several versions' : 'neither folder nor file tells the version'} of Stable Diffusion`,
      hint: 'Keep the files of each version in a folder SD_<version>.',
    }),
  ]);
}

function damaged(file: ResultFile, problems: readonly UsageError[]): UsageError {
  const [first] = problems;
  const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => `  ${messageOf(problem)}`);
  const more = problems.length - shown.length;
  return new UsageError({
    code: first?.code ?? 'RESULTS_MALFORMED',
    message: [
      `Nothing of ${settingInWords(file)} was imported:`,
      ...shown,
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    data: { setting: settingInWords(file), problems: problems.map(messageOf) },
  });
}

function orderOf({ category }: PublishedCategory): number {
  const place = BUILT_IN_CATEGORIES.findIndex(({ name }) => name === category);
  return place < 0 ? BUILT_IN_CATEGORIES.length : place;
}

function notesOf(categories: readonly PublishedCategory[]): string[] {
  const unknown = categories.map(({ category }) => category).filter((name) => !builtInCategory(name));
  const conversations = categories.flatMap((category) => category.conversations);
  const rounds = conversations.flatMap((conversation) => conversation.rounds);
  const keys = [...new Set(conversations.flatMap(unknownKeys))];
  const uneven = rounds.filter(({ images }) => images.length !== IMAGES_PER_PROMPT).length;
  const disagreed = rounds.filter(({ agreed }) => !agreed).length;
  return [
    ...(unknown.length === 0
      ? []
      : [
          `ART has no ${unknown.length === 1 ? 'category' : 'categories'} ${listed(unknown)}: imported by ${unknown.length === 1 ? 'its' : 'their'} own name.`,
        ]),
    ...(keys.length === 0 ? [] : [`Left out, for the published code does not write them: ${listed(keys)}.`]),
    ...(uneven === 0
      ? []
      : [
          `${uneven} of ${rounds.length} prompts do not have ${IMAGES_PER_PROMPT} images; the published figures take ${IMAGES_PER_PROMPT} for granted.`,
        ]),
    ...(disagreed === 0
      ? []
      : [
          `${disagreed} of ${rounds.length} prompts were judged differently beside their images; what stands beside the first one counts, as in the published code.`,
        ]),
  ];
}

/** The most names that a note lists. */
const MOST_NAMES = 8;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name.slice(0, 60)));
  return `${shown.join(', ')}${names.length > MOST_NAMES ? ', …' : ''}`;
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
