import { styleText } from 'node:util';

/** The styles that the display uses. */
export type Style = Parameters<typeof styleText>[0];

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line as pieces, each with its style, so that its width is known before it has colours. */
export type StyledLine = readonly Span[];

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])$/u;

function widthOfCharacter(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/**
 * How many columns of a terminal a text takes: none for combining marks, two for wide characters.
 *
 * @param text text without control characters
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** How many columns a line takes. */
export function lineWidth(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/**
 * Cuts a text to so many columns; a cut shows as `…`.
 *
 * @param text text without control characters
 * @param columns how many columns there are
 */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** Fills a text up with spaces to so many columns. */
export function padTo(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return side === 'right' ? text + space : space + text;
}

/**
 * Puts a line together, cut to the terminal's width.
 *
 * @param line the pieces
 * @param options how wide the terminal is, and whether it has colours
 */
export function printLine(line: StyledLine, { columns, color }: { columns: number; color: boolean }): string {
  let left = columns;
  let printed = '';
  for (const { text, style } of line) {
    if (left <= 0) break;
    const cut = cutToWidth(text, left);
    left -= displayWidth(cut);
    printed += color && style !== undefined ? styleText(style, cut, { validateStream: false }) : cut;
    if (cut !== text) break;
  }
  return color ? printed : printed.trimEnd();
}
