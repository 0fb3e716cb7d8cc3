import { cleanPrompt, cleanText, isSamePrompt } from './clean-up.ts';

/** A part is a few words; a longer line is a comment. */
const LONGEST_PART = 120;
/** More parts of one subject are not kept. */
const MOST_PARTS = 8;

/**
 * Finds the parts in a Writer's answer: one a line (or all on one, with commas), without list marks, quotes and
 * introduction, none twice, none of them the subject itself.
 *
 * @returns at most eight; none where there is none in the answer
 */
export function cleanParts(answer: string, subject: string): string[] {
  const lines = cleanText(answer)
    .split('\n')
    .flatMap((line) => line.trim() || []);
  const [only = ''] = lines;
  const said = lines.length === 1 && only.includes(',') ? only.split(/,\s*(?:and\s+)?/) : lines;
  const parts: string[] = [];
  for (const line of said) {
    // "Here are five parts:" is no part.
    if (/[:：]\s*$/.test(line)) continue;
    const part = cleanPrompt(line).replace(/[.;,]+$/, '');
    if (part === '' || part.length > LONGEST_PART || isSamePrompt(part, subject)) continue;
    if (parts.some((known) => isSamePrompt(known, part))) continue;
    parts.push(part);
    if (parts.length === MOST_PARTS) break;
  }
  return parts;
}
