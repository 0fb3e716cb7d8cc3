import { execFile } from 'node:child_process';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '../errors.ts';
import { ConfigurationError, type ConfigurationErrorCode } from './configuration-error.ts';
import { redactSecrets } from './secrets.ts';

/** The ART that runs now, whether from its sources or built. */
const LIBRARY_URL = new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js', import.meta.url)
  .href;

/** How to import. */
export interface ImportOptions {
  /** The file, absolute. */
  readonly path: string;
  /** The file's name in messages. */
  readonly file: string;
  /** What `art` means in the file; default: the ART that runs now. */
  readonly libraryUrl?: string;
}

/**
 * Imports `art.config.ts` and gives what it exports: a configuration, or what a function or a promise
 * of one gives. Node strips the types itself; `art` resolves to the ART that runs now, so that a
 * folder without `node_modules` will do.
 *
 * @throws {@link ConfigurationError} `CONFIG_SYNTAX` with the line, `CONFIG_FAILED` when the file throws
 */
export async function importConfig({
  path,
  file,
  libraryUrl = LIBRARY_URL,
}: ImportOptions): Promise<unknown> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'art' ? { url: libraryUrl, shortCircuit: true } : next(specifier, context),
    // `npm init` writes "type": "commonjs", which would forbid `import` in the user's TypeScript.
    load: (url, context, next) =>
      next(
        url,
        context.format === 'commonjs-typescript' ? { ...context, format: 'module-typescript' } : context,
      ),
  });
  try {
    const module = await load(path);
    const exported = defaultExport(module);
    if (exported === undefined) {
      throw failure(
        file,
        'CONFIG_INVALID',
        'has no default export; write export default defineConfig({ … })',
      );
    }
    return await (typeof exported === 'function' ? Reflect.apply(exported, undefined, []) : exported);
  } catch (error) {
    throw error instanceof ConfigurationError ? error : await explain(error, file, path);
  } finally {
    hooks.deregister();
  }
}

/** `require` first: test runners put their own loader in the place of `import()`. */
async function load(path: string): Promise<unknown> {
  try {
    const module: unknown = createRequire(path)(path);
    return module;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_REQUIRE_ASYNC_MODULE'))
      throw error;
    // The file awaits something at its top level.
    const module: unknown = await import(pathToFileURL(path).href);
    return module;
  }
}

function defaultExport(module: unknown): unknown {
  if (typeof module !== 'object' || module === null) return undefined;
  if ('default' in module) return module.default;
  // CommonJS: `module.exports = { … }` is the configuration; an ES module without a default is not.
  const isCommonJs = Object.prototype.toString.call(module) !== '[object Module]';
  return isCommonJs && Object.keys(module).length > 0 ? module : undefined;
}

async function explain(error: unknown, file: string, path: string): Promise<ConfigurationError> {
  const message = redactSecrets(messageOf(error)).split('\n')[0]?.slice(0, 300) ?? '';
  const line = error instanceof Error ? lineIn(error.stack ?? '', path) : undefined;
  // An error of another realm is no instance of our SyntaxError.
  if (error instanceof Error && error.name === 'SyntaxError') {
    const code = 'code' in error ? error.code : undefined;
    const hint =
      code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
        ? 'Node strips types and runs the rest: no enums, namespaces or parameter properties.'
        : undefined;
    return failure(file, 'CONFIG_SYNTAX', message, line ?? lineIn(await checkSyntax(path), path), hint);
  }
  return failure(file, 'CONFIG_FAILED', `threw an error: ${message}`, line);
}

/** What `node --check` prints: V8 tells the line of a syntax error in JavaScript to nobody else. */
function checkSyntax(path: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', path], { timeout: 10_000 }, (_error, _stdout, stderr) =>
      resolve(stderr),
    );
  });
}

/** The line of the file that a stack speaks of first: `path:3`, in a frame or above the quoted source. */
function lineIn(stack: string, path: string): number | undefined {
  const places = [path, pathToFileURL(path).href, fileURLToPath(pathToFileURL(path))];
  for (const row of stack.split('\n')) {
    for (const place of places) {
      const at = row.indexOf(`${place}:`);
      const found = at < 0 ? undefined : /^\d+/.exec(row.slice(at + place.length + 1))?.[0];
      if (found !== undefined) return Number(found);
    }
  }
  return undefined;
}

function failure(
  file: string,
  code: ConfigurationErrorCode,
  message: string,
  line?: number,
  hint?: string,
): ConfigurationError {
  return new ConfigurationError({
    problems: [{ code, path: [], message, ...(line === undefined ? {} : { line }) }],
    file,
    ...(hint === undefined ? {} : { hint }),
  });
}
