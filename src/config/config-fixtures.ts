import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigurationError } from './configuration-error.ts';

/** What `art` means in the configurations of tests: enough of the library, and quick to load. */
export const LIBRARY_URL = new URL('./define-config.ts', import.meta.url).href;

/** Names as a whole ART would know them. */
export const KNOWN_NAMES = {
  knownProviders: ['sandbox', 'automatic1111', 'comfyui', 'openai-compatible', 'openai', 'google', 'fal'],
  knownJudges: { prompt: ['lexicon', 'profanity', 'llama-guard'], image: ['nsfwjs', 'sandbox'] },
  knownStrategies: ['art', 'naive'],
};

/** A folder of its own for a test, with these files in it; gone when the test is over. */
export async function temporaryFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'art-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** The ConfigurationError that something throws; fails where it does not. */
export async function refusalOf(attempt: () => unknown): Promise<ConfigurationError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
