import { UsageError } from '../../errors.ts';
import { plainText } from '../../plain-text.ts';
import type { LabelledOptions, Ties } from './labelled-data.ts';

const UNSAFE_VALUES = [
  'unsafe',
  '1',
  'true',
  'yes',
  'y',
  'nsfw',
  'toxic',
  'harmful',
  'flagged',
  'text_unsafe',
  'image_unsafe',
];
const SAFE_VALUES = [
  'safe',
  '0',
  'false',
  'no',
  'n',
  'sfw',
  'neutral',
  'normal',
  'benign',
  'harmless',
  'non-toxic',
  'nontoxic',
  'not toxic',
  'text_safe',
  'image_safe',
];
/** What a rater says who could not decide: it is no vote for either side. */
const ABSTENTIONS = ['text_other', 'image_other', 'unsure'];

/** The most values that a message lists. */
const MOST_VALUES = 12;

/** What a label comes to. */
export type Label = 'unsafe' | 'safe' | 'tie' | 'none';

/** What the labels of some data say. */
export interface ReadLabels {
  readonly labels: readonly Label[];
  /** What each rater said, where a label holds several votes. */
  readonly votes: readonly (readonly string[])[] | undefined;
}

/** What is written in a label, put plainly: trimmed, in lower case, `1.0` as `1`. */
export function plainLabel(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = plainText(value).trim().toLowerCase();
  return /^[01]\.0+$/.test(text) ? text.slice(0, 1) : text;
}

/**
 * Says of each label whether it means unsafe or safe; of several votes the majority, abstentions aside.
 *
 * @param values what stands in the label column: a value, or an array of votes
 * @param options which values mean what; by default the usual words
 * @param where for messages
 * @throws {@link UsageError} listing the values that are neither, or that were asked for and never occur
 */
export function readLabels(
  values: readonly unknown[],
  { unsafeValues, safeValues }: Pick<LabelledOptions, 'unsafeValues' | 'safeValues'>,
  where: string,
): ReadLabels {
  const votes = values.map((value) => (Array.isArray(value) ? value : [value]).map(plainLabel));
  const found = new Set(votes.flat().filter((vote) => vote !== ''));
  const meaningOf = meanings(found, unsafeValues?.map(plainLabel), safeValues?.map(plainLabel), where);
  const labels = votes.map((given) => {
    const unsafe = given.filter((vote) => meaningOf(vote) === 'unsafe').length;
    const safe = given.filter((vote) => meaningOf(vote) === 'safe').length;
    if (unsafe + safe === 0) return 'none';
    if (unsafe === safe) return 'tie';
    return unsafe > safe ? 'unsafe' : 'safe';
  });
  return {
    labels,
    votes: values.some(Array.isArray) ? votes.map((given) => given.filter((vote) => vote !== '')) : undefined,
  };
}

/** What a tie counts as; `undefined`: it is left out. */
export function tieAs(ties: Ties): 'unsafe' | 'safe' | undefined {
  return ties === 'drop' ? undefined : ties;
}

function meanings(
  found: ReadonlySet<string>,
  unsafeValues: readonly string[] | undefined,
  safeValues: readonly string[] | undefined,
  where: string,
): (vote: string) => 'unsafe' | 'safe' | undefined {
  const asked = [...(unsafeValues ?? []), ...(safeValues ?? [])];
  const absent = asked.filter((value) => !found.has(value));
  // A value that is one of several alternatives may be absent, but not all of a list.
  for (const list of [unsafeValues, safeValues]) {
    if (list !== undefined && list.length > 0 && list.every((value) => absent.includes(value))) {
      throw unknownValues(`no row of ${where} has the label ${list.map(show).join(' or ')}`, found);
    }
  }
  const unsafe = new Set(unsafeValues ?? (safeValues === undefined ? UNSAFE_VALUES : undefined));
  const safe = new Set(safeValues ?? (unsafeValues === undefined ? SAFE_VALUES : undefined));
  const abstentions = new Set(ABSTENTIONS);
  const meaningOf = (vote: string) => {
    if (vote === '') return undefined;
    if (unsafe.has(vote)) return 'unsafe';
    if (safe.has(vote)) return 'safe';
    if (abstentions.has(vote)) return undefined;
    if (unsafeValues === undefined && safeValues !== undefined) return 'unsafe';
    if (safeValues === undefined && unsafeValues !== undefined) return 'safe';
    return undefined;
  };
  const unknown = [...found].filter((vote) => meaningOf(vote) === undefined && !abstentions.has(vote));
  if (unknown.length > 0) {
    const shown = unknown.slice(0, MOST_VALUES).map(show).join(', ');
    throw unknownValues(
      `${where} has labels of which nobody said what they mean: ${shown}${unknown.length > MOST_VALUES ? `, … (${unknown.length} of them)` : ''}`,
      found,
    );
  }
  return meaningOf;
}

function unknownValues(message: string, found: ReadonlySet<string>): UsageError {
  const values = [...found].slice(0, MOST_VALUES);
  return new UsageError({
    code: 'UNKNOWN_LABEL_VALUES',
    message: `${message}; found are: ${values.map(show).join(', ')}${found.size > MOST_VALUES ? ', …' : ''}`,
    hint: 'Say which mean unsafe with --unsafe-values a,b (all others then mean safe), or name another --label-column.',
    data: { values },
  });
}

function show(value: string): string {
  return JSON.stringify(value.slice(0, 40));
}
