import type { JudgeRuntime } from './judge-runtime.ts';

/**
 * Where the judges of one campaign share loaded networks. Nothing is loaded before it is asked for.
 *
 * @param configDir the folder of the configuration: the user's packages are looked up from it
 */
export function createJudgeRuntime(_configDir: string): JudgeRuntime {
  const missing = async () => {
    throw new Error('to be written');
  };
  return { session: missing, shared: missing, close: async () => undefined };
}
