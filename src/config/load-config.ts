import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import {
  ConfigurationError,
  type ConfigurationErrorCode,
  type ConfigurationProblem,
} from './configuration-error.ts';
import { importConfig } from './import-config.ts';
import { nearest } from './nearest.ts';
import { readYaml } from './read-yaml.ts';
import type { KnownNames } from './requirements.ts';
import type { Config } from './schema.ts';
import { type ValidateOptions, validateConfig } from './validate-config.ts';

/** The names that are looked for in a folder, in this order. */
export const CONFIG_FILE_NAMES = [
  'art.config.ts',
  'art.config.mts',
  'art.config.js',
  'art.config.mjs',
  'art.yaml',
  'art.yml',
  'art.json',
] as const;

const MODULES = ['.ts', '.mts', '.js', '.mjs'];
const DOCUMENTS = ['.yaml', '.yml', '.json'];

/** Where to look for the configuration, and what it may name. */
export interface LoadConfigOptions extends KnownNames {
  /** A file, or a folder to look in; default: `cwd`. */
  readonly path?: string;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** The environment, usually `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `import … from 'art'` means in the file; default: the ART that runs now. */
  readonly libraryUrl?: string;
}

/** A configuration that can be used. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file that it came from, absolute. */
  readonly file: string;
  /** The file's folder: the files that the configuration names are relative to it. */
  readonly directory: string;
}

/**
 * Finds, reads and checks the configuration.
 *
 * @throws {@link ConfigurationError} when there is none, it cannot be read, or anything in it is wrong
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const file = await findConfig(options.path, options.cwd);
  const name = displayName(file, options.cwd);
  const directory = dirname(file);
  const check: ValidateOptions = { ...options, file: name };

  if (MODULES.includes(extname(file))) {
    const { libraryUrl } = options;
    const input = await importConfig({
      path: file,
      file: name,
      ...(libraryUrl === undefined ? {} : { libraryUrl }),
    });
    const config = validateConfig(input, check);
    await checkFiles(config, directory, check);
    return { config, file, directory };
  }
  const { value, locate } = readYaml(await readText(file, name), name);
  const located = { ...check, locate };
  const config = validateConfig(value, located);
  await checkFiles(config, directory, located);
  return { config, file, directory };
}

async function findConfig(path: string | undefined, cwd: string): Promise<string> {
  const given = resolve(cwd, path ?? '.');
  const kind = await kindOf(given);
  if (kind === 'file') {
    if ([...MODULES, ...DOCUMENTS].includes(extname(given))) return given;
    throw failure(
      'CONFIG_NOT_FOUND',
      basename(given),
      'is no configuration',
      'A configuration ends in .ts, .mts, .js, .mjs, .yaml, .yml or .json.',
    );
  }
  if (kind === 'none') {
    const other = nearest(basename(given), await namesIn(dirname(given)));
    throw failure(
      'CONFIG_NOT_FOUND',
      path ?? cwd,
      `there is no such file or folder${other === undefined ? '' : `; did you mean ${join(dirname(path ?? ''), other)}?`}`,
      'art init writes a configuration to start from.',
    );
  }
  for (const name of CONFIG_FILE_NAMES) {
    const file = join(given, name);
    if ((await kindOf(file)) === 'file') return file;
  }
  throw failure(
    'CONFIG_NOT_FOUND',
    path ?? given,
    `this folder holds no configuration (looked for ${CONFIG_FILE_NAMES.join(', ')})`,
    'art init writes one that runs as it stands.',
  );
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'none'> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw failure('CONFIG_UNREADABLE', path, `cannot be read: ${codeOf(error)}`);
  });
  if (found === undefined) return 'none';
  return found.isDirectory() ? 'folder' : 'file';
}

async function namesIn(folder: string): Promise<string[]> {
  // Only for a suggestion: a folder that cannot be listed has none to make.
  return await readdir(folder).catch(() => []);
}

async function readText(file: string, name: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw failure('CONFIG_UNREADABLE', name, `cannot be read: ${codeOf(error)}`);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw failure('CONFIG_SYNTAX', name, 'is not UTF-8 text', 'Save the file as UTF-8.');
  }
}

/** The files that the configuration names must be there before a campaign starts. */
async function checkFiles(
  config: Config,
  directory: string,
  { file, locate }: ValidateOptions,
): Promise<void> {
  const named: readonly (readonly [readonly string[], string | undefined])[] = [
    [['startPrompts', 'file'], config.startPrompts?.file],
    [['target', 'workflow'], config.target.workflow],
    ...(['writer', 'guide'] as const).flatMap((role) =>
      Object.entries(config[role].templates).map(
        ([key, value]) => [[role, 'templates', key], value] as const,
      ),
    ),
  ];
  const problems: ConfigurationProblem[] = [];
  for (const [path, value] of named) {
    if (value === undefined) continue;
    const full = resolve(directory, value);
    const kind = await kindOf(full);
    if (kind === 'file') continue;
    const message = kind === 'folder' ? `${full} is a folder; expected a file` : `there is no file ${full}`;
    problems.push({ code: 'CONFIG_MISSING_FILE', path, message, ...locate?.(path) });
  }
  const [first, ...others] = problems;
  if (first !== undefined) {
    throw new ConfigurationError({
      problems: [first, ...others],
      file: file ?? 'configuration',
      hint: 'Paths in a configuration start from the folder that the configuration is in.',
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function displayName(file: string, cwd: string): string {
  const name = relative(cwd, file);
  return name.startsWith('..') ? file : name;
}

function failure(
  code: ConfigurationErrorCode,
  file: string,
  message: string,
  hint?: string,
): ConfigurationError {
  return new ConfigurationError({
    problems: [{ code, path: [], message }],
    file,
    ...(hint === undefined ? {} : { hint }),
  });
}
