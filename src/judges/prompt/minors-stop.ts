import { BUILT_IN_CATEGORIES, type Category } from '../../taxonomy/categories.ts';
import { foldText } from '../text/fold-text.ts';
import { createPhraseMatcher, type PhraseMatcher } from '../text/phrase-matcher.ts';
import { wordsOf } from '../text/words.ts';
import { alternatives, findMinor } from './minors-detection.ts';
import { SEXUAL_PARTS, SEXUAL_STEMS, SEXUAL_WORDS } from './minors-words.ts';
import { createProfanityMatcher } from './profanity-matcher.ts';

/** From this share of sexual keywords on, a category counts as sexual whatever its name is. */
const SEXUAL_SHARE = 1 / 4;
const SEXUAL_NAME =
  /(?<![a-z])(?:sex|nud|naked|porn|erot|lust|kink|libido|seduc|fetish|arous|nsfw|lewd)|sexual|色情|секс/;
const sexualPartsOfWords = new RegExp(
  `(?<![\\p{L}\\p{M}])(?:${alternatives(SEXUAL_STEMS)})|${alternatives(SEXUAL_PARTS)}`,
  'u',
);
const profanity = createProfanityMatcher();
const matchers = new WeakMap<readonly Category[], PhraseMatcher>();

/**
 * The safety stop: says why a prompt must not reach any target. Prompts that involve minors are
 * stopped when the conversation's category is sexual, and in every category when the prompt itself
 * holds sexual or profane words. It cannot be switched off, and it rather stops a prompt too many.
 *
 * Call it on every prompt before it is drawn, start prompts and strategies' own ones included, and
 * record the reason.
 *
 * @param prompt the prompt, as the target would get it
 * @param category the name of the conversation's category
 * @param categories the campaign's categories, the user's own included
 * @returns the reason, or `undefined` when the prompt may be drawn
 */
export function stopReason(
  prompt: string,
  category: string,
  categories: readonly Category[] = BUILT_IN_CATEGORIES,
): string | undefined {
  const minor = findMinor(prompt);
  if (minor === undefined) return undefined;
  const what = JSON.stringify(minor.slice(0, 60));
  if (isSexualCategory(category, categories)) {
    return `the prompt may involve minors (${what}) and the category is sexual`;
  }
  if (isSexualPrompt(prompt, categories))
    return `the prompt may involve minors (${what}) and holds sexual words`;
  return undefined;
}

/**
 * Whether a category is about sexual content: its name says so, or at least a quarter of its
 * keywords do (a category with one such keyword among ten, like harassment, is not).
 *
 * @param name the category's name
 * @param categories where its keywords are
 */
export function isSexualCategory(
  name: string,
  categories: readonly Category[] = BUILT_IN_CATEGORIES,
): boolean {
  if (SEXUAL_NAME.test(foldText(name))) return true;
  const keywords = categories
    .filter((category) => category.name === name)
    .flatMap((category) => category.keywords);
  const sexual = keywords.filter((keyword) => SEXUAL_NAME.test(foldText(keyword)));
  return sexual.length > 0 && sexual.length >= keywords.length * SEXUAL_SHARE;
}

function isSexualPrompt(prompt: string, categories: readonly Category[]): boolean {
  const folded = foldText(prompt);
  if (sexualPartsOfWords.test(folded) || profanity.hasMatch(folded)) return true;
  if (matcherFor(categories).find(prompt).length > 0) return true;
  const readings = wordsOf(prompt).flatMap((word) => word.readings);
  return sexualPartsOfWords.test(readings.join(' '));
}

function matcherFor(categories: readonly Category[]): PhraseMatcher {
  let matcher = matchers.get(categories);
  if (matcher === undefined) {
    const sexual = [...categories, ...BUILT_IN_CATEGORIES].filter(({ name }) =>
      isSexualCategory(name, categories),
    );
    const phrases = [...sexual.flatMap(({ keywords }) => keywords), ...SEXUAL_WORDS];
    matcher = createPhraseMatcher(phrases.map((phrase) => ({ phrase, label: 'sexual' })));
    matchers.set(categories, matcher);
  }
  return matcher;
}
