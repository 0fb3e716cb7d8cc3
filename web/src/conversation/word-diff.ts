/** A run of words that the two texts share, or that only one of them has. */
export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** How a text differs from the one before it. */
export interface WordDiff {
  readonly parts: readonly DiffPart[];
  /** How much of the two texts is shared, by words: from 0 (nothing) to 1 (all of both). */
  readonly shared: number;
}

interface Token {
  readonly word: string;
  /** White space and punctuation that follow the word. */
  readonly after: string;
}

/** Beyond so many comparisons (a quarter of a second, 16 MB) the middle of the texts counts as rewritten. */
const MAXIMUM_CELLS = 4_000_000;

/**
 * The words that were added and removed between two texts, by their longest common subsequence. Words are
 * found as Unicode has them (UAX 29), so that texts without spaces are compared too. Punctuation stays with
 * the word before it and does not count: a comma alone is no change.
 *
 * @param before - the previous text
 * @param after - the text that is shown
 * @returns parts which, without the removed ones, make up `after` exactly
 */
export function diffWords(before: string, after: string): WordDiff {
  const old = tokens(before);
  const young = tokens(after);
  const start = commonStart(old, young);
  const end = commonEnd(old.slice(start), young.slice(start));
  const middle = matched(old.slice(start, old.length - end), young.slice(start, young.length - end));

  const parts: DiffPart[] = [];
  const add = (kind: DiffPart['kind'], list: readonly Token[]) => {
    const text = list.map(({ word, after: rest }) => word + rest).join('');
    const last = parts.at(-1);
    if (text === '') return;
    if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text };
    else parts.push({ kind, text });
  };
  add('same', young.slice(0, start));
  let [from, to] = [start, start];
  for (const [x, y] of middle) {
    add('removed', old.slice(from, start + x));
    add('added', young.slice(to, start + y));
    add('same', young.slice(start + y, start + y + 1));
    [from, to] = [start + x + 1, start + y + 1];
  }
  add('removed', old.slice(from, old.length - end));
  add('added', young.slice(to, young.length - end));
  add('same', young.slice(young.length - end));

  const words = old.filter(isWord).length + young.filter(isWord).length;
  const common = [...young.slice(0, start), ...young.slice(young.length - end)].filter(isWord).length;
  const same = common + middle.filter(([, y]) => isWord(young[start + y])).length;
  return { parts, shared: words === 0 ? 1 : (2 * same) / words };
}

let segmenter: Intl.Segmenter | undefined;

/** Words with what follows them; what stands before the first word is a token without a word. */
function tokens(text: string): Token[] {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  const found: { word: string; after: string }[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    const last = found.at(-1);
    if (isWordLike === true) found.push({ word: segment, after: '' });
    else if (last === undefined) found.push({ word: '', after: segment });
    else last.after += segment;
  }
  return found;
}

function isWord(token: Token | undefined): boolean {
  return token !== undefined && token.word !== '';
}

function equal(a: Token | undefined, b: Token | undefined): boolean {
  return a !== undefined && b !== undefined && a.word === b.word;
}

function commonStart(a: readonly Token[], b: readonly Token[]): number {
  let count = 0;
  while (equal(a[count], b[count])) count += 1;
  return count;
}

function commonEnd(a: readonly Token[], b: readonly Token[]): number {
  let count = 0;
  while (count < Math.min(a.length, b.length) && equal(a.at(-1 - count), b.at(-1 - count))) count += 1;
  return count;
}

/** The pairs of places of a longest common subsequence, by the usual table filled from the end. */
function matched(a: readonly Token[], b: readonly Token[]): [number, number][] {
  const width = b.length + 1;
  if ((a.length + 1) * width > MAXIMUM_CELLS) return [];
  const lengths = new Uint16Array((a.length + 1) * width);
  const length = (x: number, y: number) => lengths[x * width + y] ?? 0;
  for (let x = a.length - 1; x >= 0; x -= 1) {
    for (let y = b.length - 1; y >= 0; y -= 1) {
      lengths[x * width + y] = equal(a[x], b[y])
        ? length(x + 1, y + 1) + 1
        : Math.max(length(x + 1, y), length(x, y + 1));
    }
  }
  const pairs: [number, number][] = [];
  let [x, y] = [0, 0];
  while (x < a.length && y < b.length) {
    if (equal(a[x], b[y])) {
      pairs.push([x, y]);
      x += 1;
      y += 1;
    } else if (length(x + 1, y) >= length(x, y + 1)) x += 1;
    else y += 1;
  }
  return pairs;
}
