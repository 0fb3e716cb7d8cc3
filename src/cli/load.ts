import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
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
