import { HOSTILE_STRINGS } from '../support/hostile-strings.ts';
import type { Dice } from './dice.ts';

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '$ref',
  'name',
  'type',
];
const NUMBERS = [
  0, -0, 1, -1, 0.5, 255, 256, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53, 2 ** 53 + 2, 1e21, 1e308,
  -1e308, 5e-324,
]; // biome-ignore format: a list
const PATHS = [
  '../../../../etc/passwd', '/etc/hostname', '..\\..\\windows', 'a/../../b', '/dev/zero', '/proc/self/environ',
  'con', 'a\u0000b.png', '.', '..', '/', '~/.ssh/id_rsa', 'file:///etc/passwd', '%2e%2e%2fetc%2fpasswd', '\\\\host\\share',
]; // biome-ignore format: a list

/** A text that some program or other has stumbled over. */
export function hostileText(dice: Dice): string {
  switch (dice.int(5)) {
    case 0:
      return dice.pick(PATHS);
    case 1:
      return 'a'.repeat(dice.pick([1, 100, 5_000, 70_000]));
    case 2:
      return dice.bytes(dice.int(40)).toString('latin1');
    default:
      return dice.pick(HOSTILE_STRINGS).text;
  }
}

/** Any JSON value, small or strange. */
export function hostileValue(dice: Dice, depth = 0): unknown {
  switch (dice.int(depth > 3 ? 5 : 8)) {
    case 0:
      return null;
    case 1:
      return dice.chance(0.5);
    case 2:
      return dice.pick(NUMBERS);
    case 3:
    case 4:
      return hostileText(dice);
    case 5:
      return Array.from({ length: dice.pick([0, 1, 2, 3]) }, () => hostileValue(dice, depth + 1));
    case 6:
      return nested(dice.pick([5, 50, 2_000]), dice.chance(0.5));
    default:
      return fromEntries(
        Array.from({ length: dice.int(4) }, () => [dice.pick(KEYS), hostileValue(dice, depth + 1)] as const),
      );
  }
}

/** Like `Object.fromEntries`, with `__proto__` as a key like any other, as JSON.parse has it. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

function nested(depth: number, asArrays: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = asArrays ? [value] : { a: value };
  return value;
}

/** The same JSON value with one to three things changed: a value, a key, something more, something less. */
export function mutateJson(value: unknown, dice: Dice): unknown {
  let changed = value;
  for (let times = 1 + dice.int(3); times > 0; times--) changed = changeOnce(changed, dice, 0);
  return changed;
}

function changeOnce(value: unknown, dice: Dice, depth: number): unknown {
  if (typeof value !== 'object' || value === null || dice.chance(depth === 0 ? 0.03 : 0.2)) {
    return typeof value === 'string' && dice.chance(0.5) ? mutateText(value, dice) : hostileValue(dice);
  }
  if (Array.isArray(value)) {
    if (value.length === 0 || dice.chance(0.2)) return [...value, hostileValue(dice)];
    const place = dice.int(value.length);
    if (dice.chance(0.15)) return value.toSpliced(place, 1);
    if (dice.chance(0.1)) return value.concat(value, value);
    return value.with(place, changeOnce(value[place], dice, depth + 1));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || dice.chance(0.15)) entries.push([dice.pick(KEYS), hostileValue(dice)]);
  else {
    const place = dice.int(entries.length);
    const [key, inner] = entries[place] ?? ['', undefined];
    if (dice.chance(0.15)) entries.splice(place, 1);
    else if (dice.chance(0.1))
      entries[place] = [dice.chance(0.5) ? dice.pick(KEYS) : mutateText(key, dice), inner];
    else entries[place] = [key, changeOnce(inner, dice, depth + 1)];
  }
  return fromEntries(entries);
}

/** The same text with a piece taken out, doubled, exchanged or put in. */
export function mutateText(text: string, dice: Dice): string {
  const place = dice.int(text.length + 1);
  const end = Math.min(text.length, place + dice.pick([0, 1, 2, 10, 100]));
  switch (dice.int(5)) {
    case 0:
      return text.slice(0, place) + text.slice(end);
    case 1:
      return text.slice(0, end) + text.slice(place);
    case 2:
      return text.slice(0, place);
    case 3:
      return text.slice(0, place) + dice.pick([',', '"', "'", '\n', '\r', '{', '}', '[', ']', ':', '\t', '\\', '&a', '*a', '\u0000', '\ufeff']) + text.slice(place); // biome-ignore format: a list
    default:
      return text.slice(0, place) + hostileText(dice) + text.slice(end);
  }
}

/** The same bytes with some changed, cut off, put in or doubled. */
export function mutateBytes(bytes: Uint8Array, dice: Dice): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let times = 1 + dice.int(4); times > 0; times--) {
    const place = dice.int(changed.length + 1);
    const end = Math.min(changed.length, place + dice.pick([1, 2, 4, 8, 64]));
    switch (dice.int(7)) {
      case 0:
        changed = changed.subarray(0, place);
        break;
      case 1:
        changed = Buffer.concat([changed.subarray(0, place), changed.subarray(end)]);
        break;
      case 2:
        changed = Buffer.concat([changed.subarray(0, end), changed.subarray(place)]);
        break;
      case 3:
        changed = Buffer.concat([
          changed.subarray(0, place),
          dice.bytes(dice.int(16)),
          changed.subarray(place),
        ]);
        break;
      case 4:
        changed.fill(dice.pick([0x00, 0xff, 0x7f, 0x80]), place, end);
        break;
      default:
        if (place < changed.length) changed[place] = dice.int(256);
    }
  }
  return changed;
}

/** JSON, sometimes damaged as a text. */
export function jsonText(value: unknown, dice: Dice): string {
  const text = JSON.stringify(value) ?? 'undefined';
  // Deeper than JSON.stringify goes.
  if (dice.chance(0.01))
    return text.replace(/"[^"]*"(?=[,}\]])/, `${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  return dice.chance(0.25) ? mutateText(text, dice) : text;
}
