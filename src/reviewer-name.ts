import { UNSEEN_CHARACTERS } from './unseen-characters.ts';

/** The longest name of a reviewer, in characters. */
export const LONGEST_REVIEWER = 80;

const UNSEEN = new RegExp(UNSEEN_CHARACTERS, 'gu');

/**
 * A reviewer's name as it is kept: no control characters, nothing that turns or hides text, single spaces. A name
 * that has been cleaned stays as it is, so that a page and a store know the same reviewer by it.
 */
export function cleanReviewerName(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{Co}\p{Cn}\ufffd]+/gu, '')
    .replaceAll(UNSEEN, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .normalize('NFC');
}
