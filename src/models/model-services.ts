import type { ModelServices } from './providers.ts';

/**
 * What the making of models gets from this process.
 *
 * Node's `fetch` gives up after five minutes without an answer, and a big model on a small machine
 * draws longer than that; here the limit is `timeoutSeconds`, which the engine keeps.
 *
 * @param configDir the folder that files and packages of the configuration are looked up from
 */
export async function modelServices(configDir: string): Promise<ModelServices> {
  const { Agent, setGlobalDispatcher } = await import('undici');
  setGlobalDispatcher(new Agent({ headersTimeout: 0, bodyTimeout: 0 }));
  // What a provider does not do as asked is told through `onWarning`.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return { env: process.env, fetch: globalThis.fetch, configDir };
}
