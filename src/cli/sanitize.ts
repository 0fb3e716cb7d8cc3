import { UNSEEN_CHARACTERS } from '../unseen-characters.ts';

/** The longest text that is shown where nobody says otherwise. */
const DEFAULT_MAXIMUM = 500;

/** Terminal control sequences: OSC, DCS, SOS, PM, APC with their text; CSI; and single escapes. */
const ESCAPES = new RegExp(
  [
    '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[\\s\\S]{0,4096}?(?:\\u0007|\\u001b\\\\|\\u009c)',
    '(?:\\u001b\\[|\\u009b)[0-?]{0,64}[ -/]{0,16}[@-~]?',
    '\\u001b[ -/]{0,16}[0-~]?',
  ].join('|'),
  'g',
);

/** C0, DEL, C1, line and paragraph separators. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

const INVISIBLE = new RegExp(UNSEEN_CHARACTERS, 'gu');

/**
 * Makes text from a model or a server fit to be printed: no terminal escapes, no control
 * characters, no bidirectional controls, one line, bounded.
 *
 * @param text any text
 * @param maximum the most characters (code points) that are kept; a cut shows as `…`
 */
export function sanitizeForTerminal(text: string, maximum = DEFAULT_MAXIMUM): string {
  // Cut before the expensive part: a megabyte is not searched for the sake of a line.
  const start = text.slice(0, maximum * 4 + 8192);
  const clean = start
    .replace(ESCAPES, '')
    .replace(CONTROLS, ' ')
    .replace(INVISIBLE, '')
    .toWellFormed()
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  const characters = [...clean];
  if (characters.length <= maximum) return start.length < text.length ? `${clean}…` : clean;
  return `${characters.slice(0, Math.max(0, maximum - 1)).join('')}…`;
}
