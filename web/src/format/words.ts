import { UNSEEN_CHARACTERS } from '../../../src/unseen-characters.ts';

const dateAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** A moment in the reader's own time zone: `23 Nov 2026, 14:05`. */
export function formatMoment(iso: string): string {
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? iso : dateAndTime.format(moment);
}

/** `1 prompt`, `2 prompts`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** The category as a heading: its first letter large. */
export function categoryTitle(category: string): string {
  return category.charAt(0).toLocaleUpperCase('en') + category.slice(1);
}

/** Control characters but line breaks, and what the terminal leaves out as well. */
const UNSEEN = new RegExp(`(?![\\t\\n])(?:[\\p{Cc}\\u2028\\u2029]|${UNSEEN_CHARACTERS})`, 'gu');

/**
 * Text of a model, with what cannot be seen made visible: control characters and those that turn the
 * direction of writing would let a text show itself as something else.
 */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    // The control pictures of Unicode stand in for the C0 set; the others get their number.
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}
