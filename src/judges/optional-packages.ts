import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';

/** Packages of which only those who use them install them: name and the versions we work with. */
export type OptionalPackages = Readonly<Record<string, string>>;

/**
 * Finds the place from which optional packages can be loaded: the user's project, else ours. All of
 * them come from one place, so that packages that depend on each other share their inner parts.
 *
 * @param packages what is needed, e.g. `{ nsfwjs: '^4.4.0' }`
 * @param modules what is going to be loaded of them, e.g. `nsfwjs/core`
 * @param neededBy who asks, e.g. `the judge nsfwjs`
 * @param configDir the folder of the configuration
 * @param ours from where our own packages are seen; for tests
 * @returns a `require` of that place
 * @throws {@link UsageError} that says how to install them, when they are in neither place
 */
export function requireOptional(
  packages: OptionalPackages,
  modules: readonly string[],
  neededBy: string,
  configDir: string,
  ours: string = import.meta.url,
): NodeJS.Require {
  const problems: string[] = [];
  for (const place of [join(configDir, 'art.config.ts'), ours]) {
    const load = createRequire(place);
    const missing = modules.find((module) => !resolves(load, module));
    if (missing === undefined) return load;
    problems.push(missing);
  }
  const command = `npm install ${Object.entries(packages)
    .map(([name, version]) => `${name}@${version}`)
    .join(' ')}`;
  throw new UsageError({
    code: 'MISSING_PACKAGE',
    message: `${neededBy} needs packages that are not installed; install them with: ${command}`,
    hint: command,
    data: { command, missing: [...new Set(problems)] },
  });
}

function resolves(load: NodeJS.Require, module: string): boolean {
  try {
    load.resolve(module);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /NOT_FOUND|NOT_EXPORTED/.test(String(error.code)))
      return false;
    throw error;
  }
}
