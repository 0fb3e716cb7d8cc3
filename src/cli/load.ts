import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import type { ModelServices } from '../models/providers.ts';
import { KNOWN_NAMES } from '../red-team.ts';

/** Loads the configuration of a command line. */
export function loadConfigOf(path: string | undefined): Promise<LoadedConfig> {
  return loadConfig({
    ...(path === undefined ? {} : { path }),
    cwd: process.cwd(),
    env: process.env,
    ...KNOWN_NAMES,
  });
}

/**
 * What the making of models gets from this process.
 *
 * Node's `fetch` gives up after five minutes without an answer, and a big model on a small machine
 * draws longer than that; here the limit is `timeoutSeconds`, which the engine keeps.
 */
export async function modelServices(configDir: string): Promise<ModelServices> {
  const { Agent, setGlobalDispatcher } = await import('undici');
  setGlobalDispatcher(new Agent({ headersTimeout: 0, bodyTimeout: 0 }));
  // What a provider does not do as asked is told by our own display.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return { env: process.env, fetch: globalThis.fetch, configDir };
}
