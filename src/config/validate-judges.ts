import { z } from 'zod';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import { isOwnJudge } from './own-objects.ts';
import { problemsOf } from './problems.ts';
import { checkAddedJudges, type KnownNames } from './requirements.ts';
import { judgeSchema } from './schema.ts';
import { findLiteralSecrets } from './secrets.ts';

/** Judges as a user gives them. */
export interface JudgeLists {
  readonly prompt: readonly unknown[];
  readonly image: readonly unknown[];
}

/** How to check them. */
export interface ValidateJudgesOptions extends KnownNames {
  /** Where they come from, for messages. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Checks entries of judges that come from somewhere else than a configuration's file.
 *
 * @throws {@link ConfigurationError} with everything that is wrong; literal secrets come first and alone
 */
export function validateJudges(judges: JudgeLists, { file, env, ...known }: ValidateJudgesOptions): void {
  const refuse = (problems: readonly ConfigurationProblem[], hint?: string) => {
    const [first, ...others] = problems;
    if (first === undefined) return;
    throw new ConfigurationError({
      problems: [first, ...others],
      file,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  refuse(
    findLiteralSecrets({ judges }, env),
    'Take the secret out, name an environment variable with apiKeyEnv, and replace the key where it was shared.',
  );
  // What a user wrote in code is checked as such, and by the registry.
  const listSchema = z.array(z.union([...judgeSchema.options, z.custom<object>(isOwnJudge)]));
  const schema = z.object({ judges: z.object({ prompt: listSchema, image: listSchema }) });
  const parsed = schema.safeParse({ judges }, { reportInput: true });
  refuse([
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, schema)),
    ...checkAddedJudges(judges, known, env),
  ]);
}
