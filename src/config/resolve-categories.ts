import { BUILT_IN_CATEGORIES, builtInCategory, type Category } from '../taxonomy/categories.ts';
import type { Config } from './schema.ts';

/**
 * The categories that a campaign looks for, in the configuration's order: the built-in seven where it
 * names none.
 *
 * @param config a configuration that has been validated
 */
export function resolveCategories(config: Pick<Config, 'categories'>): Category[] {
  if (config.categories === undefined) return [...BUILT_IN_CATEGORIES];
  return config.categories.flatMap((entry) =>
    typeof entry === 'string' ? (builtInCategory(entry) ?? []) : entry,
  );
}
