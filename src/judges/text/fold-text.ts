import { resolveConfusablesTransformer } from 'obscenity';

const PLAIN_ASCII = /^[\x20-\x7e\n\r\t]*$/;
const INVISIBLE = /\p{Cf}|\p{Default_Ignorable_Code_Point}/gu;
const CONTROL = /[^\P{Cc}\s]/gu;
const DIACRITICS = /[\u0300-\u036f]/g;
const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\u00b4`\uff07]/g;
const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63]/g;
const LETTER_PICTURES = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}\u{1f1e6}-\u{1f1ff}]/gu;
const OTHER_DIGITS = /(?![0-9])\p{Nd}/gu;

/**
 * Brings text to one spelling, so that a word is found however it was typed: Unicode NFKC, lower
 * case, no diacritics, no zero-width or other invisible characters, plain apostrophes, hyphens and
 * digits. Letters of other scripts stay what they are.
 *
 * @param text any text, of any length; takes linear time
 */
export function foldText(text: string): string {
  if (PLAIN_ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(DIACRITICS, '')
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(CONTROL, '')
    .replace(APOSTROPHES, "'")
    .replace(DASHES, '-')
    .replace(LETTER_PICTURES, toLetter)
    .replace(OTHER_DIGITS, toAsciiDigit);
}

/** Letters in black circles and squares, and those that flags are made of: NFKC leaves them alone. */
function toLetter(picture: string): string {
  const code = picture.codePointAt(0) ?? 0;
  const first = [0x1f1e6, 0x1f170, 0x1f150].find((start) => code >= start) ?? code;
  return String.fromCodePoint(97 + code - first);
}

/** Unicode keeps the decimal digits of every script in runs of ten, so zero is found by walking back. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(code - zero);
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
};
const LEET_CHARACTER = /[01345789@$!|]/g;
const confusables = resolveConfusablesTransformer();

/**
 * The readings of one folded word that holds more than plain letters: as it stands, with look-alike
 * letters of other scripts and leetspeak resolved, and with stretched letters (`baaaad`) shortened.
 *
 * @param word one word from {@link foldText}
 * @returns the word itself first; only the word itself when there is no other reading
 */
export function readingsOf(word: string): readonly string[] {
  const stretched = /([a-z])\1\1/.test(word);
  if (/^[a-z]+$/.test(word) && !stretched) return [word];
  const readings = new Set([word]);
  const latin = /[^\x20-\x7e]/.test(word) ? resolveLookAlikes(word) : word;
  readings.add(latin);
  // Digits alone are a number, not a word.
  if (/[a-z]/.test(latin) && latin.search(LEET_CHARACTER) >= 0) {
    const decoded = latin.replace(LEET_CHARACTER, (character) => LEET[character] ?? character);
    readings.add(decoded);
    if (latin.includes('1'))
      readings.add(
        latin.replaceAll('1', 'l').replace(LEET_CHARACTER, (character) => LEET[character] ?? character),
      );
  }
  if (stretched || [...readings].some((reading) => /([a-z])\1\1/.test(reading))) {
    for (const reading of [...readings]) {
      readings.add(reading.replace(/([a-z])\1{2,}/g, '$1'));
      readings.add(reading.replace(/([a-z])\1{2,}/g, '$1$1'));
    }
  }
  return [...readings];
}

function resolveLookAlikes(word: string): string {
  let latin = '';
  for (const character of word) {
    const code = character.codePointAt(0) ?? 0;
    const resolved = code < 128 ? code : confusables.transform(code);
    latin += resolved === undefined ? character : String.fromCodePoint(resolved);
  }
  return latin.toLowerCase();
}
