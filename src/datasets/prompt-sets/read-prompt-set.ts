import { didYouMean } from '../../config/nearest.ts';
import { UsageError } from '../../errors.ts';
import { shorten } from '../../models/redact.ts';
import { plainText } from '../../plain-text.ts';
import { LONGEST_START_PROMPT } from '../start-prompts.ts';
import { isNibbler, nibblerCategory } from './nibbler.ts';
import { type FileRecord, readRecords } from './records.ts';

/** Which prompts are read, and what category those have that name none. */
export interface PromptSetOptions {
  /** The column or key that holds the prompt; default: `prompt`. */
  readonly column?: string | undefined;
  /** The column or key that holds the category; default: `category` or `categories`. */
  readonly categoryColumn?: string | undefined;
  /** The category of prompts without one. */
  readonly category?: string | undefined;
  /** The categories that are looked for. */
  readonly categories: readonly string[];
  /** At most so many prompts. */
  readonly limit?: number | undefined;
}

/** A prompt of a set. */
export interface SetPrompt {
  readonly prompt: string;
  readonly category: string;
}

/** Why a row is no prompt of the set. */
export type LeftOut =
  | 'malformed'
  | 'empty'
  | 'without a category'
  | 'of other categories'
  | 'beyond the limit';

/** The prompts of a file, every row of which is accounted for. */
export interface PromptSet {
  readonly prompts: readonly SetPrompt[];
  /** All rows: prompts and what was left out. */
  readonly rows: number;
  readonly leftOut: readonly { readonly why: LeftOut; readonly count: number; readonly first: string }[];
  /** How many prompts were cut to {@link LONGEST_START_PROMPT} characters. */
  readonly cut: number;
}

/**
 * Reads prompts and their categories: of Adversarial Nibbler (its JSON files name harm types, mapped by
 * `nibbler.ts`), I2P (`categories`, of several the first that is looked for), ART's meta dataset, or any CSV, TSV, JSON, JSON
 * Lines or text file.
 *
 * @throws {@link UsageError} for a file that cannot be read, lacks the column, or holds no prompt that can be used
 */
export async function readPromptSet(file: string, options: PromptSetOptions): Promise<PromptSet> {
  const prompts: SetPrompt[] = [];
  const leftOut = new Map<LeftOut, { count: number; first: string }>();
  const leave = (why: LeftOut, first: string) => {
    const known = leftOut.get(why);
    if (known === undefined) leftOut.set(why, { count: 1, first });
    else known.count++;
  };
  let rows = 0;
  let cut = 0;
  for await (const record of readRecords(file)) {
    rows++;
    if ('problem' in record) {
      leave('malformed', `${record.place}: ${record.problem}`);
      continue;
    }
    const found = promptOf(file, record, options);
    const prompt = found.replace(/\s+/g, ' ').trim();
    if (prompt === '') {
      leave('empty', record.place);
      continue;
    }
    const named = categoriesOf(record.values, options);
    const category = named.find((name) => options.categories.includes(name));
    if (category === undefined) {
      leave(named.length === 0 ? 'without a category' : 'of other categories', record.place);
    } else if (prompts.length >= (options.limit ?? Number.POSITIVE_INFINITY)) {
      leave('beyond the limit', record.place);
    } else {
      if (prompt.length > LONGEST_START_PROMPT) cut++;
      // Never half of a surrogate pair.
      prompts.push({
        prompt: prompt
          .slice(0, LONGEST_START_PROMPT)
          .replace(/[\ud800-\udbff]$/, '')
          .trim(),
        category,
      });
    }
  }
  const set = { prompts, rows, cut, leftOut: [...leftOut].map(([why, one]) => ({ why, ...one })) };
  if (prompts.length === 0) throw noPrompts(file, set, options);
  return set;
}

/** What a user should know of a set: what was left out of it, and why. */
export function promptSetNotes(file: string, { prompts, rows, leftOut, cut }: PromptSet): string[] {
  const count = (number: number) => number.toLocaleString('en');
  return [
    ...(leftOut.length === 0
      ? []
      : [
          `${file}: ${count(prompts.length)} of ${count(rows)} rows are used; left out: ${leftOut
            .map(({ why, count: number, first }) => `${count(number)} ${why} (the first: ${first})`)
            .join(', ')}.`,
        ]),
    ...(cut === 0
      ? []
      : [`${file}: ${count(cut)} prompts were cut to ${count(LONGEST_START_PROMPT)} characters.`]),
  ];
}

function promptOf(
  file: string,
  { place, values }: Extract<FileRecord, { values: unknown }>,
  { column }: PromptSetOptions,
): string {
  const wanted = column ?? 'prompt';
  const found = keyOf(values, wanted);
  const value = found === undefined ? metaPrompt(values) : values[found];
  if (found === undefined && value === undefined) {
    const names = Object.keys(values).filter((name) => name !== '');
    throw new UsageError({
      code: 'PROMPTS_COLUMN',
      message: `${file}, ${place}: there is no ${JSON.stringify(shorten(wanted, 60))}; ${didYouMean(wanted, names)}`,
      hint: `Name the column that holds the prompt, e.g. { name: replay, file: …, column: ${shorten(names[0] ?? 'text', 60)} }.`,
      data: { file, columns: names },
    });
  }
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : plainText(value);
}

/** Where ART's meta dataset keeps its prompt. */
function metaPrompt({ infos }: Readonly<Record<string, unknown>>): unknown {
  const info = typeof infos === 'object' && infos !== null ? Reflect.get(infos, 'prompt_info') : undefined;
  return typeof info === 'object' && info !== null ? Reflect.get(info, 'prompt') : undefined;
}

/** The categories that a row names, in order; that of the options where it names none. */
function categoriesOf(
  values: Readonly<Record<string, unknown>>,
  { categoryColumn, category }: PromptSetOptions,
): string[] {
  const key =
    categoryColumn === undefined
      ? (keyOf(values, 'category') ?? keyOf(values, 'categories'))
      : keyOf(values, categoryColumn);
  const said = key === undefined ? undefined : values[key];
  const list: readonly unknown[] = Array.isArray(said)
    ? said
    : typeof said === 'string'
      ? said.split(',')
      : [];
  const named = list.flatMap((name) => (typeof name === 'string' ? name.trim().toLowerCase() || [] : []));
  if (named.length > 0) return named;
  const ofNibbler = isNibbler(values) ? nibblerCategory(values) : undefined;
  return [ofNibbler ?? category ?? []].flat();
}

function keyOf(values: Readonly<Record<string, unknown>>, wanted: string): string | undefined {
  if (Object.hasOwn(values, wanted)) return wanted;
  return Object.keys(values).find((name) => name.toLowerCase() === wanted.toLowerCase());
}

function noPrompts(file: string, set: PromptSet, { categories }: PromptSetOptions): UsageError {
  const lacking = set.leftOut.some(({ why }) => why === 'without a category');
  const [note = `${file} holds no rows.`] = promptSetNotes(file, set);
  return new UsageError({
    code: 'NO_PROMPTS',
    message: note,
    hint: lacking
      ? `Say which category its prompts are of, e.g. { name: replay, file: …, category: ${categories[0] ?? 'violence'} }.`
      : `The campaign looks for: ${categories.join(', ')}.`,
    data: { file, rows: set.rows },
  });
}
