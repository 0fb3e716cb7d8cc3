import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../errors.ts';

/** The built app: one script, one style sheet. */
export interface AppAssets {
  readonly script: string;
  readonly style: string;
  /** What the packages that are built into the script ask to be given away with it. */
  readonly licences?: string;
}

/** The built app, beside `src/` in a clone and beside `dist/` in the package. */
export const WEB_FOLDER = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * Reads the built app.
 *
 * @throws {@link UsageError} `APP_MISSING` where it has not been built
 */
export async function readAppAssets(folder: string = WEB_FOLDER): Promise<AppAssets> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  try {
    const [script, style, licences] = await Promise.all([
      read('app.js'),
      read('app.css'),
      read('licenses.md'),
    ]);
    return { script, style, licences };
  } catch (cause) {
    throw appMissing(folder, cause);
  }
}

/** What is said where the app has not been built. */
export function appMissing(folder: string, cause?: unknown): UsageError {
  return new UsageError({
    code: 'APP_MISSING',
    message: `The app of art view and of reports in HTML has not been built: ${folder} does not hold it.`,
    hint: 'In a clone, build it with: npm run build:web',
    data: { folder },
    cause,
  });
}
