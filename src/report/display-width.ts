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
 * Breaks a text between words, so that no line takes more columns than there are; a longer word
 * stands alone, whole, so that it can be copied.
 *
 * @param text one line, without control characters
 * @param columns how many columns there are; without, nothing is broken
 * @param indent what every line after the first begins with
 */
export function wrapWords(text: string, columns: number | undefined, indent = ''): string[] {
  if (columns === undefined || displayWidth(text) <= columns) return [text];
  const lines: string[] = [];
  // Leading spaces belong to the first word: they are the text's own indentation.
  for (const [word] of text.matchAll(/^\s*\S+|\S+/g)) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(word);
    else if (displayWidth(`${line} ${word}`) <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}
