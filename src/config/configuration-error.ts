import { ArtError, type ErrorExitCode } from '../errors.ts';

/** What can be wrong with a configuration. */
export type ConfigurationErrorCode =
  | 'CONFIG_NOT_FOUND' // no such file, or none of the usual names in the folder
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_SYNTAX' // neither YAML nor TypeScript
  | 'CONFIG_FAILED' // art.config.ts threw
  | 'CONFIG_LITERAL_SECRET'
  | 'CONFIG_UNKNOWN_KEY'
  | 'CONFIG_MISSING_ENVIRONMENT' // apiKeyEnv names a variable that is not set
  | 'CONFIG_MISSING_FILE' // a file that the configuration names
  | 'CONFIG_INVALID';

/** One thing that is wrong. */
export interface ConfigurationProblem {
  readonly code: ConfigurationErrorCode;
  /** The keys that lead there. */
  readonly path: readonly PropertyKey[];
  /** What is wrong, what was given, what is expected; never holds a secret. */
  readonly message: string;
  /** Where in the file, where that is known; both count from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** What a {@link ConfigurationError} is made from. */
export interface ConfigurationErrorOptions {
  readonly problems: readonly [ConfigurationProblem, ...ConfigurationProblem[]];
  /** The file as the user knows it, or `configuration`. */
  readonly file: string;
  readonly hint?: string;
}

/** The configuration cannot be used; says everything that is wrong at once, a line each. */
export class ConfigurationError extends ArtError {
  override readonly name = 'ConfigurationError';
  override readonly exitCode: ErrorExitCode = 2;
  readonly problems: readonly ConfigurationProblem[];

  constructor({ problems, file, hint }: ConfigurationErrorOptions) {
    super({
      code: commonCode(problems),
      message: messageFor(file, problems),
      ...(hint === undefined ? {} : { hint }),
      data: { file, problems },
    });
    this.problems = problems;
  }
}

/** The problems' code where they share one, `CONFIG_INVALID` where they do not. */
function commonCode([first, ...others]: ConfigurationErrorOptions['problems']): ConfigurationErrorCode {
  return others.every(({ code }) => code === first.code) ? first.code : 'CONFIG_INVALID';
}

function messageFor(file: string, problems: ConfigurationErrorOptions['problems']): string {
  const lines = problems.map((problem) => {
    const path = formatPath(problem.path);
    return {
      place: `${problem.line ?? ''}`,
      text: path === '' ? problem.message : `${path}: ${problem.message}`,
    };
  });
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) {
    return `${file}${only.place === '' ? '' : `:${only.place}`}: ${only.text}`;
  }
  const list = lines.map(({ place, text }) => `  ${place === '' ? '' : `line ${place}: `}${text}`);
  return [`${file} has ${lines.length} problems:`, ...list].join('\n');
}

/**
 * Writes a path of keys the way a user would: `judges.image[0].name`.
 *
 * @param path keys and positions, outermost first
 */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const text = String(key);
      if (!/^[\w$-]+$/.test(text)) return `[${JSON.stringify(text.slice(0, 80))}]`;
      const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
      return index === 0 ? short : `.${short}`;
    })
    .join('');
}
