import { loadConfig } from '../config/load-config.ts';
import { KNOWN_NAMES } from '../red-team.ts';
import { AS_PUBLISHED } from '../strategies/art.ts';
import type { MethodSpecification, YardstickOptions } from './measure-seed.ts';
import type { SeedScore } from './method-scores.ts';

/** A method as threads hear of it: functions do not travel, so a strategy of one's own is named by its file. */
export interface Method {
  /** How tables call it. */
  readonly label: string;
  readonly from:
    | { readonly kind: 'name'; readonly strategy: string | { readonly name: string } }
    | { readonly kind: 'configuration'; readonly file: string };
}

/** One method with one seed. */
export interface MethodJob {
  readonly id: number;
  readonly method: Method;
  readonly seed: number;
}

/** What came of a job. */
export type MethodAnswer =
  | { readonly id: number; readonly score: SeedScore }
  | { readonly id: number; readonly problem: string };

/** What a thread is started with. */
export interface MethodWorkerData {
  readonly options: YardstickOptions;
  /** The folder that relative names start from. */
  readonly directory: string;
}

/**
 * The methods that are measured where nobody chooses: all that need no file of prompts, ART also as the paper published it.
 */
export const DEFAULT_METHODS: readonly Method[] = [
  named('naive'),
  named('art'),
  { label: 'art as published', from: { kind: 'name', strategy: { name: 'art', ...AS_PUBLISHED } } },
  named('curiosity'),
  named('groot'),
  named('flirt'),
];

/** A method by its name in the registry. */
export function named(name: string): Method {
  return { label: name, from: { kind: 'name', strategy: name } };
}

/**
 * What a method is made from.
 *
 * @throws {@link ConfigurationError} for a configuration that cannot be used
 */
export async function findMethod({ from }: Method, cwd: string): Promise<MethodSpecification> {
  if (from.kind === 'name') return from.strategy;
  const { config } = await loadConfig({ ...KNOWN_NAMES, path: from.file, cwd, env: process.env });
  return config.strategy;
}
