import { createHash } from 'node:crypto';
import { isPlainObject } from './presets.ts';
import type { Config } from './schema.ts';
import { isSecretKey, redactSecrets } from './secrets.ts';

/** Anything that JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A configuration as it is stored with its campaign. */
export type RecordedConfig = { readonly [key: string]: JsonValue };

/**
 * The configuration as JSON, to be stored with the campaign: functions are dropped, a strategy or a
 * judge of the user's own is known by its name and its plain options, and anything that looks like a
 * secret is cut out.
 *
 * @param config a configuration that has been validated
 */
export function recordedConfig(config: Config): RecordedConfig {
  const { $schema: _editor, ...settings } = config;
  const recorded = record({ ...settings });
  return isRecord(recorded) ? recorded : {};
}

/**
 * A judge's entry as JSON, as it is recorded with a campaign; a name alone becomes an object with it.
 *
 * @param entry a name, a name with options, or a judge of the user's own
 */
export function recordedJudge(entry: unknown): RecordedConfig {
  const recorded = record(typeof entry === 'string' ? { name: entry } : entry) ?? {};
  return isRecord(recorded) ? recorded : {};
}

/**
 * The SHA-256 of the recorded configuration, in lower-case hex; the order of keys does not matter.
 *
 * @param config a configuration that has been validated
 */
export function configHash(config: Config): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(recordedConfig(config))))
    .digest('hex');
}

function record(value: unknown, within: readonly object[] = []): JsonValue | undefined {
  if (typeof value === 'string') return redactSecrets(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || within.includes(value)) return undefined;
  const inside = [...within, value];
  if (Array.isArray(value)) return value.map((item: unknown) => record(item, inside) ?? null);
  if (value instanceof Date || value instanceof URL) return redactSecrets(String(value));
  const entries = Object.entries(value).flatMap(([key, item]) => {
    // A judge of the user's own may carry its key with it.
    const recorded = isSecretKey(key) ? undefined : record(item, inside);
    return recorded === undefined ? [] : [[key, recorded] as const];
  });
  // A class instance holds what it likes, connections and keys among it: only what names it is kept.
  const kept = isPlainObject(value)
    ? entries
    : entries.filter(([key]) => key === 'name' || key === 'subject');
  return Object.fromEntries(kept);
}

function isRecord(value: JsonValue | undefined): value is RecordedConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same with the keys of every object in order. */
export function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || !isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
