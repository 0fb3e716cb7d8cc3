import { isTooDeep } from '../nesting.ts';
import { ConfigurationError, type ConfigurationProblem, formatPath } from './configuration-error.ts';
import { applyPreset, isPlainObject } from './presets.ts';
import { given, isMissing, problemsOf } from './problems.ts';
import { checkRequirements, type KnownNames } from './requirements.ts';
import { type Config, configSchema } from './schema.ts';
import { findLiteralSecrets } from './secrets.ts';

/** How to validate. */
export interface ValidateOptions extends KnownNames {
  /** The file's name in messages. */
  readonly file?: string;
  /** The environment that `apiKeyEnv` looks into. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a key stands in the file, where that is known. */
  readonly locate?: (
    path: readonly PropertyKey[],
  ) => { readonly line: number; readonly column: number } | undefined;
}

/**
 * Checks a configuration and fills in its preset and its defaults.
 *
 * @param input the configuration as the user wrote it
 * @throws {@link ConfigurationError} with everything that is wrong; literal secrets come first and alone
 */
export function validateConfig(input: unknown, options: ValidateOptions): Config {
  const { file = 'configuration', env, locate } = options;
  const refuse = (problems: readonly ConfigurationProblem[], hint?: string): void => {
    const [first, ...others] = withoutRepeats(problems)
      .map((problem) => ({ ...problem, ...locate?.(problem.path) }))
      .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    if (first === undefined) return;
    throw new ConfigurationError({
      problems: [first, ...others],
      file,
      ...(hint === undefined ? {} : { hint }),
    });
  };

  if (isTooDeep(input)) {
    refuse([{ code: 'CONFIG_INVALID', path: [], message: 'its values lie within each other too deeply' }]);
  }
  refuse(
    findLiteralSecrets(input, env),
    'Take the secret out of the file, and replace it at the service if the file was shared.',
  );

  if (!isPlainObject(input)) {
    const what = input === null || input === undefined ? 'is empty' : given(input);
    const message = `${what}; expected keys such as target, writer, guide, judges`;
    throw new ConfigurationError({ problems: [{ code: 'CONFIG_INVALID', path: [], message }], file });
  }
  const { settings, problem } = applyPreset(input);
  const result = configSchema.safeParse(settings, { reportInput: true });
  const issues = result.success ? [] : problemsOf(result.error.issues, configSchema);
  refuse([
    ...(problem === undefined
      ? []
      : [{ code: 'CONFIG_INVALID' as const, path: ['preset'], message: problem }]),
    // Without its preset, all that the preset would have given is missing too: that helps nobody.
    ...issues.filter((issue) => problem === undefined || !isMissing(issue)),
    ...checkRequirements(settings, options, env),
  ]);
  // Parsed again only to tell the compiler: `refuse` has thrown where there were issues.
  return result.success ? result.data : configSchema.parse(settings);
}

/** One problem a place: the first that was found. */
function withoutRepeats(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const place = formatPath(path) || message;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
