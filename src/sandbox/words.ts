/** Words that carry no thing to draw. */
const FUNCTION_WORDS = new Set(
  (
    'a an the and or of in on at to with by from for near beside behind under over into onto as is are was were be ' +
    'it its this that these those his her their our my your very some many few one two three more most other another ' +
    'pic picture photo photograph image drawing painting watercolour illustration render scene view style beautiful ' +
    'nice quiet gentle soft warm bright calm small big large little old new red blue green yellow white black brown ' +
    'pink purple grey gray day time living'
  ).split(' '),
);

/** The words of a text in lower case, in order; hyphenated words count as one. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+(?:[-'’]\p{L}+)*/gu) ?? [];
}

/** Whether a word can stand for something in a picture. */
export function isContentWord(word: string): boolean {
  return word.length > 1 && !FUNCTION_WORDS.has(word);
}

/**
 * A simple stem: plurals become singular, other words stay. Enough for nouns, which is all that the
 * sandbox draws.
 */
export function stemOf(word: string): string {
  const plain = word.replace(/['’]s?$/u, '');
  if (plain.length <= 3) return plain;
  if (plain.endsWith('ies') && plain.length > 4) return `${plain.slice(0, -3)}y`;
  if (/(?:ch|sh|x|ss|zz)es$/.test(plain)) return plain.slice(0, -2);
  if (plain.endsWith('s') && !/(?:ss|us|is)$/.test(plain)) return plain.slice(0, -1);
  return plain;
}

/** The stems of a text's words. */
export function stemsOf(text: string): Set<string> {
  return new Set(wordsOf(text).map(stemOf));
}
