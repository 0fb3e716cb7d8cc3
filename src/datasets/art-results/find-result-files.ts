import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, UsageError } from '../../errors.ts';

/** Under which settings the images of a result file were drawn. */
export interface PublishedSetting {
  /** Of Stable Diffusion, e.g. `1.5`; `undefined` where no folder `SD_<version>` says so. */
  readonly version: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly guidance: number;
}

/** A result file as its place describes it. */
export interface ResultFile extends PublishedSetting {
  /** The file. */
  readonly path: string;
  /** The file below what was asked for, for messages and records. */
  readonly shown: string;
  /** What the run was called, the folder's first part: `test_gen` or `test_evaluation`. */
  readonly run: string;
  readonly category: string;
}

/** Which of the settings are wanted; `undefined` is any. */
export type SettingFilter = Partial<PublishedSetting>;

/** What {@link findResultFiles} found. */
export interface FoundFiles {
  /** At least one. */
  readonly files: readonly ResultFile[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

const VERSION_FOLDER = /^SD_(.+)$/;
/** The published scripts that draw and that sum up have a different default for the run's name. */
const RUN_FOLDER =
  /^(test_gen|test_evaluation)_(.+)_height_(\d{1,5})_width_(\d{1,5})_guidance_(\d{1,4}(?:\.\d{1,6})?)$/;
const LAYOUT = 'SD_<version>/test_gen_<category>_height_<h>_width_<w>_guidance_<g>/result.json';

/**
 * Finds the result files of the paper's published code: below a folder with `SD_<version>` folders, in one of
 * those, or in one `test_gen_…` folder. Links are not followed.
 *
 * @param folder where to look
 * @param filter which settings are wanted
 * @throws {@link UsageError} `RESULTS_UNREADABLE` for what cannot be looked at, `NO_RESULTS` where there is none
 */
export async function findResultFiles(folder: string, filter: SettingFilter = {}): Promise<FoundFiles> {
  const root = await resolveFolder(folder);
  const files: ResultFile[] = [];
  const notes: string[] = [];
  const addRun = (path: string, version: string | undefined, shown: string) => {
    const file = describe(path, version, shown);
    if (file !== undefined) files.push(file);
  };
  const addVersion = async (path: string, version: string | undefined, shown: string) => {
    for (const name of await foldersIn(path, RUN_FOLDER, notes, shown)) {
      addRun(join(path, name), version, join(shown, name));
    }
  };

  const name = basename(root);
  if (RUN_FOLDER.test(name)) addRun(root, versionOf(basename(dirname(root))), name);
  else {
    await addVersion(root, versionOf(name), '');
    for (const child of await foldersIn(root, VERSION_FOLDER, notes, '')) {
      await addVersion(join(root, child), versionOf(child), child);
    }
  }
  if (files.length === 0) throw nothingFound(folder, notes);
  const wanted = files.filter((file) => matches(file, filter));
  if (wanted.length === 0) throw nothingWanted(folder, files);
  return { files: wanted, notes };
}

async function resolveFolder(folder: string): Promise<string> {
  let found: Stats;
  try {
    found = await stat(folder);
    if (found.isDirectory()) return await realpath(folder);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new UsageError({
      code: 'RESULTS_UNREADABLE',
      message: missing ? `There is no folder ${folder}.` : `${folder} cannot be read: ${messageOf(cause)}`,
      hint: `Name the folder that holds ${LAYOUT}.`,
      data: { folder },
      cause,
    });
  }
  throw new UsageError({
    code: 'RESULTS_UNREADABLE',
    message: `${folder} is no folder`,
    hint: `Name its folder instead: art import art-results ${dirname(folder)}`,
    data: { folder },
  });
}

/** The folders whose name fits; a link that would fit is noted. */
async function foldersIn(folder: string, fits: RegExp, notes: string[], shown: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new UsageError({
      code: 'RESULTS_UNREADABLE',
      message: `${folder} cannot be read: ${messageOf(cause)}`,
      hint: 'Check its permissions.',
      data: { folder },
      cause,
    });
  }
  const fitting = entries.filter(({ name }) => fits.test(name));
  for (const entry of fitting.filter((one) => one.isSymbolicLink())) {
    notes.push(`${join(shown, entry.name)} is a link and was left out; import it by the path it leads to.`);
  }
  return fitting
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

function versionOf(name: string): string | undefined {
  return VERSION_FOLDER.exec(name)?.[1];
}

function describe(folder: string, version: string | undefined, shown: string): ResultFile | undefined {
  const [, run, category, height, width, guidance] = RUN_FOLDER.exec(basename(folder)) ?? [];
  if (run === undefined || category === undefined) return undefined;
  return {
    path: join(folder, 'result.json'),
    shown: join(shown, 'result.json'),
    run,
    category,
    version,
    height: Number(height),
    width: Number(width),
    guidance: Number(guidance),
  };
}

/** Whether a setting is wanted. A version that only the file itself tells is looked at when it is read. */
export function matches(setting: PublishedSetting, filter: SettingFilter): boolean {
  return (
    (filter.version === undefined || setting.version === undefined || setting.version === filter.version) &&
    (filter.width === undefined || setting.width === filter.width) &&
    (filter.height === undefined || setting.height === filter.height) &&
    (filter.guidance === undefined || setting.guidance === filter.guidance)
  );
}

/** A setting in words: `SD 1.5, 512x512, guidance 7.5`. */
export function settingInWords({ version, width, height, guidance }: PublishedSetting): string {
  return `SD ${version ?? '(unknown)'}, ${width}x${height}, guidance ${guidance}`;
}

function nothingFound(folder: string, notes: readonly string[]): UsageError {
  return new UsageError({
    code: 'NO_RESULTS',
    message: [`There are no result files in ${folder}`, ...notes].join('\n'),
    hint: `They are looked for as ${LAYOUT}, also from within SD_<version> or test_gen_….`,
    data: { folder },
  });
}

/** The most settings that a message lists. */
const MOST_SHOWN = 10;

function nothingWanted(folder: string, files: readonly ResultFile[]): UsageError {
  const there = [...new Set(files.map(settingInWords))];
  return new UsageError({
    code: 'NO_RESULTS',
    message: `${folder} has no results of the settings asked for`,
    hint: `It has: ${there.slice(0, MOST_SHOWN).join('; ')}${there.length > MOST_SHOWN ? '; …' : ''}.`,
    data: { folder, settings: there },
  });
}
