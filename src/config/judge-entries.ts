import { isPlainObject } from './presets.ts';

/** The keys of a judge's entry that every judge has; what stands beside them are its own options. */
export const COMMON_JUDGE_KEYS = ['name', 'type', 'categories'] as const;

/**
 * The type of judge that an entry of the configuration asks for: `type` where it is given, else the name
 * where a judge is called so; else what its keys tell: an address to ask over HTTP, a provider for an
 * LLM or VLM with a rubric, a model for a classifier in process.
 *
 * @param entry a name, or an object with a name
 * @param known the names of the judges of this subject
 * @returns `undefined` where nothing tells
 */
export function judgeTypeOf(
  entry: unknown,
  subject: 'prompt' | 'image',
  known: readonly string[],
): string | undefined {
  if (typeof entry === 'string') return known.includes(entry) ? entry : undefined;
  if (!isPlainObject(entry)) return undefined;
  const { name, type, url, provider, model } = entry;
  if (typeof type === 'string') return type;
  if (typeof name === 'string' && known.includes(name)) return name;
  if (url !== undefined) return 'http';
  if (provider !== undefined) return 'rubric';
  if (model !== undefined) return subject === 'prompt' ? 'text-classifier' : 'image-classifier';
  return undefined;
}
