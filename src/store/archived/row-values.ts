import { z } from 'zod';
import { storableScore } from '../storable.ts';

const LARGEST_INTEGER = 2 ** 31 - 1;
/** No value that ART stores is deeper. */
const DEEPEST = 64;

/** A text as PostgreSQL takes it, unchanged. */
export const text = z.string().refine(isStorableText, 'holds a character that cannot be stored');

/** A whole number that fits an `integer` of PostgreSQL. */
export const integer = z.int().min(-LARGEST_INTEGER).max(LARGEST_INTEGER);

/** A count or a place: a whole number from 0. */
export const count = z.int().min(0).max(LARGEST_INTEGER);

/** A number that fits a `real` of PostgreSQL. */
export const single = z.number().refine((value) => {
  const stored = storableScore(value);
  return stored !== null && (stored !== 0) === (value !== 0);
}, 'is too large or too small');

/** A moment as ART writes it: UTC, milliseconds. */
export const moment = z.iso
  .datetime({ precision: 3 })
  .refine((value) => !Number.isNaN(Date.parse(value)), 'is no moment');

/** A SHA-256 in lower-case hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hex');

/** Any JSON, as far as a `jsonb` takes it: nothing too deep, no text that cannot be stored, no endless number. */
export function isStorableJson(value: unknown): boolean {
  const open: { readonly item: unknown; readonly depth: number }[] = [{ item: value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { item, depth } = next;
    if (typeof item === 'string' && !isStorableText(item)) return false;
    if (typeof item === 'number' && !Number.isFinite(item)) return false;
    if (typeof item !== 'object' || item === null) continue;
    if (depth === DEEPEST || !Object.keys(item).every(isStorableText)) return false;
    for (const below of Object.values(item)) open.push({ item: below, depth: depth + 1 });
  }
  return true;
}

function isStorableText(value: string): boolean {
  return !value.includes('\u0000') && value.isWellFormed();
}
