import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appMissing, WEB_FOLDER } from '../report/html/app-assets.ts';

/** A file of the app. */
export interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

/**
 * Reads the app once; what is not in the list is not served, so no address leads to any other file.
 *
 * @returns the files by their path, `/app.js`; `/` is the page
 * @throws {@link UsageError} `APP_MISSING` where it has not been built
 */
export function readStaticFiles(folder: string = WEB_FOLDER): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const name of namesIn(folder)) {
    const contentType = CONTENT_TYPES[name.split('.').at(-1) ?? ''];
    if (contentType === undefined) continue;
    const file = { bytes: new Uint8Array(readFileSync(join(folder, name))), contentType };
    files.set(name === 'index.html' ? '/' : `/${name}`, file);
  }
  if (files.has('/')) return files;
  throw appMissing(folder);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
