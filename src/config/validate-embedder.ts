import { z } from 'zod';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import { problemsOf } from './problems.ts';
import { checkAddedEmbedder, type KnownNames } from './requirements.ts';
import { type EmbedderConfig, embedderSchema } from './schema.ts';
import { findLiteralSecrets } from './secrets.ts';

const schema = z.object({ embedder: embedderSchema });

/** How to check it. */
export interface ValidateEmbedderOptions extends KnownNames {
  /** Where it comes from, for messages. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Checks an embedder that comes from somewhere else than a configuration's file, and fills in its defaults.
 *
 * @param embedder `minilm`, or an object as under `embedder` in a configuration
 * @throws {@link ConfigurationError} with everything that is wrong; literal secrets come first and alone
 */
export function validateEmbedder(
  embedder: unknown,
  { file, env, ...known }: ValidateEmbedderOptions,
): EmbedderConfig {
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
    findLiteralSecrets({ embedder }, env),
    'Take the secret out, name an environment variable with apiKeyEnv, and replace the key where it was shared.',
  );
  const parsed = schema.safeParse({ embedder }, { reportInput: true });
  refuse([
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, schema)),
    ...checkAddedEmbedder(embedder, known, env),
  ]);
  // Parsed again only to tell the compiler: `refuse` has thrown where there were issues.
  return parsed.success ? parsed.data.embedder : embedderSchema.parse(embedder);
}
