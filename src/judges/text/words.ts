import { foldText, readingsOf } from './fold-text.ts';

/** A word of a text, in every way that it can be read. */
export interface Word {
  /** The word as it was folded, without a possessive ending. */
  readonly text: string;
  /** Every reading, the plain one first. */
  readonly readings: readonly string[];
  /** Whether a single hyphen binds it to the next word. */
  readonly hyphenated: boolean;
}

const WORD = /[\p{L}\p{M}\p{N}@$!|']+/gu;
const EDGES = /^['!|]+|(?:'s|['!|])+$/g;
/** From so many single letters in a row on (`w o r d`), they are also read as one word. */
const SPELLED_OUT = 3;

/**
 * Splits a text into words, folded (see {@link foldText}), possessive endings gone; a word that is
 * spelled out letter by letter is read as one.
 *
 * @param text any text; takes linear time
 */
export function wordsOf(text: string): Word[] {
  const folded = foldText(text);
  const words: Word[] = [];
  let letters = '';
  const endSpelling = () => {
    // The first or last letter may be a word of its own: `a w o r d`.
    for (const spelled of [letters, letters.slice(1), letters.slice(0, -1), letters.slice(1, -1)]) {
      if (spelled.length < SPELLED_OUT) continue;
      words.push({ text: spelled, readings: readingsOf(spelled), hyphenated: false });
    }
    letters = '';
  };
  for (const match of folded.matchAll(WORD)) {
    const word = match[0].replace(EDGES, '');
    if (word === '') continue;
    if (word.length === 1) letters += word;
    else endSpelling();
    const end = match.index + match[0].length;
    const hyphenated = folded[end] === '-' && /[\p{L}\p{N}]/u.test(folded[end + 1] ?? '');
    words.push({ text: word, readings: readingsOf(word), hyphenated });
  }
  endSpelling();
  return words;
}
