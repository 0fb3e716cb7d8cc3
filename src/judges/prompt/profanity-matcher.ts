import {
  DataSet,
  type EnglishProfaneWord,
  englishDataset,
  englishRecommendedTransformers,
  type Matcher,
  parseRawPattern,
  RegExpMatcher,
} from 'obscenity';

/** What a {@link createProfanityMatcher} may be told beside the library's words. */
export interface ProfanityOptions {
  /** Words that count as profane beside those of the library; whole words. */
  readonly extraWords?: readonly string[];
  /** Words of the library that do not count. */
  readonly ignoreWords?: readonly string[];
}

/**
 * A matcher of profane English words: the library `obscenity` with its own dataset, which sees
 * through look-alike letters, leetspeak and repeated letters.
 *
 * Source: https://github.com/jo3-l/obscenity, words from https://github.com/words/cuss.
 */
export function createProfanityMatcher({
  extraWords = [],
  ignoreWords = [],
}: ProfanityOptions = {}): Matcher {
  const ignored = new Set<string>(ignoreWords);
  const words = new DataSet<{ originalWord: EnglishProfaneWord | string }>()
    .addAll(englishDataset)
    .removePhrasesIf(({ metadata }) => metadata !== undefined && ignored.has(metadata.originalWord));
  for (const word of extraWords) {
    const pattern = parseRawPattern(`|${escapePattern(word.toLowerCase())}|`);
    words.addPhrase((phrase) => phrase.setMetadata({ originalWord: word }).addPattern(pattern));
  }
  return new RegExpMatcher({ ...words.build(), ...englishRecommendedTransformers });
}

/** `[`, `]`, `?`, `|` and `\` have a meaning in the library's patterns. */
function escapePattern(word: string): string {
  return word.replace(/[[\]?|\\]/g, '\\$&');
}
