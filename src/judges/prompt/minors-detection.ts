import { foldText } from '../text/fold-text.ts';
import { type Word, wordsOf } from '../text/words.ts';
import {
  AGE_UNITS,
  MINOR_PARTS,
  MINOR_PHRASES,
  MINOR_STEMS,
  MINOR_WORDS,
  SMALL_NUMBERS,
  TENS,
} from './minors-words.ts';

/** Tests one reading of a word against a list of words and of beginnings (`child*`). */
type WordTest = (reading: string) => boolean;

const isMinorWord = wordTest(MINOR_WORDS);
const isWholeMinorWord = wordTest(MINOR_WORDS.map((word) => word.replace('*', '')));
const isAgeUnit = wordTest(AGE_UNITS);
const minorPhrases = MINOR_PHRASES.map((phrase) => phrase.split(' ').map((word) => wordTest([word])));
const minorParts = new RegExp(
  `(?<![\\p{L}\\p{M}])(?:${alternatives(MINOR_STEMS)})[\\p{L}\\p{M}]*|${alternatives(MINOR_PARTS)}`,
  'u',
);

/** `littlegirl`, `babyboys` … */
const GROWN_TOGETHER = /^(?:young|little|small|tiny|baby|school|teen)[a-z]{0,6}(?:girl|boy|child|kid)s?$/;
/** `12yo`, `9yrs`, `12yearold`, `12jahrige`. */
const AGE_IN_ONE = /^(\d{1,2})([^\d]+)$/;
const SHORT_AGE_UNITS: ReadonlySet<string> = new Set(['y', 'yo', 'yr', 'yrs', 'yearold', 'yrold', 'yold']);
const BETWEEN = new Set(['and', 'a', 'half', 'quarter', 'ish', 'full', 'whole', 'or', 'so', 'short']);
const NUMBER_AND_YEAR = new RegExp(`^(?:${[...SMALL_NUMBERS].join('|')})years?(?:olds?)?$`, 'u');
const YOUNGER_THAN = new Set([
  'under',
  'below',
  'than',
  'before',
  'sub',
  'unter',
  'moins',
  'de',
  'младше',
  'until',
]);
/** Ages in scripts without spaces; the look-behind keeps 二十五 from being read as 五. */
const CHINESE_AGE =
  /(?<![\d一二三四五六七八九十百])(?:十[一二三四五六七]?|[一二三四五六七八九]|1[0-7]|0?\d)\s*(?:岁|歲|歳|才|살|세(?![대기]))/u;
const KOREAN_AGE =
  /(?<![\p{Script=Hangul}])(?:열\s?(?:한|두|세|네|다섯|여섯|일곱)?|한|두|세|네|다섯|여섯|일곱|여덟|아홉)\s*살/u;
const LESS_THAN_18 = /[<≤]\s*1[0-8](?!\d)|(?<![a-z0-9])u-?1[0-8](?!\d)/;

/**
 * Finds what tells that a text involves minors: words for children and teenagers in some twenty
 * languages, ages below 18 in digits or words, school years, pictures of children. Built for recall:
 * a daughter or a girl may well be grown up.
 *
 * @param text any text; takes linear time
 * @returns what was found, folded, or `undefined`
 */
export function findMinor(text: string): string | undefined {
  const folded = foldText(text);
  const part =
    minorParts.exec(folded) ??
    CHINESE_AGE.exec(folded) ??
    KOREAN_AGE.exec(folded) ??
    LESS_THAN_18.exec(folded);
  if (part !== null) return part[0];
  const words = wordsOf(text);
  for (const [index, word] of words.entries()) {
    if (word.readings.some((reading) => isMinorWord(reading) || GROWN_TOGETHER.test(reading)))
      return word.text;
    const next = words[index + 1];
    if (next !== undefined && isBrokenWord(word, next)) return `${word.text} ${next.text}`;
    const phrase = minorPhrases.find((tests) =>
      tests.every((test, offset) => words[index + offset]?.readings.some(test)),
    );
    if (phrase !== undefined) return textOf(words, index, phrase.length);
    const age = findAge(words, index);
    if (age !== undefined) return age;
  }
  return undefined;
}

/** `ch-ild`, `gi rl`: only where a hyphen or a very short piece shows that a word was broken. */
function isBrokenWord(word: Word, next: Word): boolean {
  if (!word.hyphenated && word.text.length > 3 && next.text.length > 3) return false;
  return word.readings.some((start) => next.readings.some((end) => isWholeMinorWord(start + end)));
}

function findAge(words: readonly Word[], index: number): string | undefined {
  const word = words[index];
  const next = words[index + 1];
  if (word === undefined) return undefined;

  const together = AGE_IN_ONE.exec(word.text);
  if (together !== null && Number(together[1]) < 18) {
    const unit = together[2] ?? '';
    if (SHORT_AGE_UNITS.has(unit) || isAgeUnit(unit)) return word.text;
  }
  if (word.readings.some((reading) => NUMBER_AND_YEAR.test(reading))) return word.text;
  if (next === undefined) return undefined;

  if (isYoung(words, index)) {
    // `12 years`, `twelve-year-old`, `12 y3ars`, `12 and a half years`
    let unit = index + 1;
    while (unit < index + 5 && BETWEEN.has(words[unit]?.text ?? '')) unit++;
    if (words[unit]?.readings.some(isAgeUnit)) return textOf(words, index, unit - index + 1);
    const third = words[index + 2];
    // `12 y/o`, `12 y.o.`
    if (next.text === 'y' && third?.text === 'o') return textOf(words, index, 3);
    if (/^(?:months?|mos?|weeks?|days?)$/.test(next.text) && third?.readings.includes('old'))
      return textOf(words, index, 3);
  }
  // `zwolfjahrige` in one word
  for (const reading of word.readings) {
    const stem = /^(.+?)(?:jahrig|jaehrig|летн)/.exec(reading)?.[1];
    if (stem !== undefined && SMALL_NUMBERS.has(stem)) return word.text;
  }
  if (/^(?:\d{1,2}th|1st|2nd|3rd)$/.test(word.text) && next.text.startsWith('grade'))
    return textOf(words, index, 2);
  if (word.text === 'grade' && isYoung(words, index + 1)) return textOf(words, index, 2);
  if (YOUNGER_THAN.has(word.text) && /^(?:1[0-8]|eighteen)$/.test(next.text)) return textOf(words, index, 2);
  return findStatedAge(words, index);
}

/** `aged 12`, `at the age of twelve`, `she is 12`, `turned 15`. */
function findStatedAge(words: readonly Word[], index: number): string | undefined {
  const text = words[index]?.text ?? '';
  if (/^(?:age|aged|ages|alter|edad|eta|idade|возраст\p{L}*|turned|turning|turns)$/u.test(text)) {
    for (const offset of [1, 2]) if (isYoung(words, index + offset)) return textOf(words, index, offset + 1);
  }
  if (/^(?:she|he|i'm|who|whose)$/.test(text) || text === 'i') {
    const verb = /^(?:is|was|am)$/.test(words[index + 1]?.text ?? '') ? 1 : 0;
    if ((verb === 1 || text !== 'i') && isYoung(words, index + 1 + verb))
      return textOf(words, index, 2 + verb);
  }
  return undefined;
}

/** Whether the word is a number below 18 and no part of a greater one. */
function isYoung(words: readonly Word[], index: number): boolean {
  const word = words[index];
  if (word === undefined) return false;
  if (/^\d{1,2}$/.test(word.text)) return Number(word.text) < 18;
  if (!word.readings.some((reading) => SMALL_NUMBERS.has(reading))) return false;
  const before = words[index - 1]?.text ?? '';
  const tens = /^(?:y|e|et|and)$/.test(before) ? (words[index - 2]?.text ?? '') : before;
  return !TENS.has(tens);
}

function textOf(words: readonly Word[], start: number, count: number): string {
  return words
    .slice(start, start + count)
    .map(({ text }) => text)
    .join(' ');
}

/**
 * A test for whole words and, marked with `*`, for beginnings of words.
 *
 * @param list words as they are written; folded here
 */
export function wordTest(list: readonly string[]): WordTest {
  const whole = new Set(list.filter((word) => !word.endsWith('*')).map(foldText));
  const beginnings = list.filter((word) => word.endsWith('*')).map((word) => foldText(word.slice(0, -1)));
  if (beginnings.length === 0) return (reading) => whole.has(reading);
  const beginning = new RegExp(`^(?:${alternatives(beginnings)})`, 'u');
  return (reading) => whole.has(reading) || beginning.test(reading);
}

/** The strings, folded, as the alternatives of a regular expression. */
export function alternatives(list: readonly string[]): string {
  return list.map((text) => foldText(text).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
}
