import { grammaticalForms, wordFamily } from './inflections.ts';
import { type Word, wordsOf } from './words.ts';

/** A word or phrase to be found, and what it stands for. */
export interface Entry {
  readonly phrase: string;
  readonly label: string;
}

/** Where a text uses an entry. */
export interface PhraseHit {
  /** The words of the text, folded. */
  readonly words: string;
  readonly entry: Entry;
}

/** Finds words and phrases in a text. */
export interface PhraseMatcher {
  /** Every use of an entry, in the order of the text; several entries may be found at one place. */
  find(text: string): PhraseHit[];
}

interface Phrase {
  readonly entry: Entry;
  /** For each word of the phrase the forms that it may take. */
  readonly forms: readonly ReadonlySet<string>[];
}

/**
 * Builds a matcher of whole words and phrases in all their forms: inflected, hyphenated, apart or in
 * one word, in leetspeak, with look-alike letters or invisible characters.
 *
 * @param entries what to find
 * @param ignore words that never count, in the very form given
 */
export function createPhraseMatcher(
  entries: readonly Entry[],
  ignore: readonly string[] = [],
): PhraseMatcher {
  const ignored = new Set(ignore.flatMap((word) => wordsOf(word).map(({ text }) => text)));
  const singles = new Map<string, Entry>();
  const phrases = new Map<string, Phrase[]>();
  const addSingle = (entry: Entry, word: string) => {
    for (const form of wordFamily(word)) {
      // The first entry that claims a form keeps it, so that the order of the categories decides.
      if (!ignored.has(form) && !singles.has(form)) singles.set(form, entry);
    }
  };

  for (const entry of entries) {
    const words = wordsOf(entry.phrase).map(({ text }) => text);
    const [first] = words;
    if (first === undefined) continue;
    if (words.length <= 2) addSingle(entry, words.join(''));
    if (words.length === 1) continue;
    const last = words.at(-1);
    const forms = words.map((word) => (word === last ? wordFamily(word) : grammaticalForms(word)));
    for (const form of forms[0] ?? []) {
      const phrase = { entry, forms };
      phrases.set(form, [...(phrases.get(form) ?? []), phrase]);
    }
  }

  return {
    find(text) {
      const hits: PhraseHit[] = [];
      const words = wordsOf(text);
      for (const [index, word] of words.entries()) {
        const next = words[index + 1];
        if (ignored.has(word.text)) continue;
        for (const reading of word.readings) {
          const single = singles.get(reading);
          const joined = single === undefined ? joinedWith(reading, word, next, singles) : undefined;
          if (single !== undefined) hits.push({ words: word.text, entry: single });
          if (joined !== undefined) hits.push({ words: `${word.text} ${next?.text ?? ''}`, entry: joined });
          for (const { entry, forms } of phrases.get(reading) ?? []) {
            if (startsAt(words, index, forms)) {
              const found = words.slice(index, index + forms.length).map((part) => part.text);
              hits.push({ words: found.join(' '), entry });
            }
          }
          if (single !== undefined || joined !== undefined) break;
        }
      }
      return hits;
    },
  };
}

/** `cyber-bullying` and `cyber bullying` for `cyberbullying`. */
function joinedWith(
  reading: string,
  word: Word,
  next: Word | undefined,
  singles: ReadonlyMap<string, Entry>,
): Entry | undefined {
  if (next === undefined) return undefined;
  // Short words beside each other make other words by chance: only a hyphen joins them.
  if (!word.hyphenated && (reading.length < 3 || next.text.length < 3)) return undefined;
  for (const following of next.readings) {
    const entry = singles.get(reading + following);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function startsAt(words: readonly Word[], start: number, forms: readonly ReadonlySet<string>[]): boolean {
  return forms.every((allowed, offset) =>
    words[start + offset]?.readings.some((reading) => allowed.has(reading)),
  );
}
