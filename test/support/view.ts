import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { AppAssets } from '../../src/report/html/app-assets.ts';
import { openDataSource } from '../../src/server/data-source.ts';
import { readStaticFiles, type StaticFile } from '../../src/server/static-files.ts';
import { startViewServer, type ViewServer } from '../../src/server/view-server.ts';

/** The app, built from the sources as they stand: `web/dist` may be older. */
export interface BuiltApp {
  /** For the single-file report. */
  readonly assets: AppAssets;
  /** For the server. */
  readonly files: ReadonlyMap<string, StaticFile>;
}

/** Builds the app into a folder of its own, reads it and leaves nothing behind. */
export async function buildApp(): Promise<BuiltApp> {
  const outDir = mkdtempSync(join(tmpdir(), 'art-e2e-app-'));
  try {
    await build({
      configFile: fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url)),
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    });
    const read = (name: string) => readFileSync(join(outDir, name), 'utf8');
    return {
      assets: { script: read('app.js'), style: read('app.css') },
      files: readStaticFiles(outDir),
    };
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** `art view` over a data folder, in this process. */
export interface RunningView extends ViewServer {
  /** What it complained of. */
  readonly problems: readonly unknown[];
}

/** Starts the server of `art view` on a free port. */
export async function startView(dataDir: string, { files }: Pick<BuiltApp, 'files'>): Promise<RunningView> {
  const problems: unknown[] = [];
  const onProblem = (error: unknown) => problems.push(error);
  const source = await openDataSource({ dataDir, pollMs: 100, idleMs: 200, onProblem });
  const server = await startViewServer({ source, files, port: 0, onProblem });
  return {
    ...server,
    problems,
    async close() {
      await server.close();
      await source.close();
    },
  };
}
