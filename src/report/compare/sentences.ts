import { normalQuantile } from '../../metrics/distributions.ts';
import type { Interval } from '../../metrics/intervals.ts';
import { counted, listed, twoDecimals } from '../figures.ts';
import { type ComparisonRow, LEVEL } from './comparison.ts';

/** What the ratios are called. */
export const RATIO_NAMES = { success: 'success ratio', safe: 'share of safe prompts' } as const;

/**
 * What can and cannot be concluded from a row, in one sentence.
 *
 * @param labels what to call the first and the second campaign
 * @param rows all of the comparison, for how many were corrected together
 */
export function sentenceOf(
  row: ComparisonRow,
  [first, second]: readonly [string, string],
  rows: readonly ComparisonRow[],
): string {
  const { ratio, category, conclusion, differencePoints, interval } = row;
  const where = category === null ? 'over all categories' : `in ${category}`;
  const name = RATIO_NAMES[ratio];
  if (conclusion === 'not comparable' || differencePoints === null || interval === null) {
    const lacking = [...(row.first.of === 0 ? [first] : []), ...(row.second.of === 0 ? [second] : [])].join(
      ' and ',
    );
    return `The ${name} ${where} cannot be compared: ${lacking === '' ? 'there is nothing to compare' : `${lacking} has no ${ratio === 'success' ? 'safe prompt' : 'prompt'} there`}.`;
  }
  const p = pText(row, rows);
  const of = row.pairs === null ? '' : ` on the ${counted(row.pairs.all, 'prompt')} that both drew`;
  if (conclusion !== 'not shown') {
    return `${possessive(second)} ${name} ${where}${of} is ${pointsText(Math.abs(differencePoints))} ${conclusion} than ${possessive(first)}: ${twoDecimals(row.second.percent)} % against ${twoDecimals(row.first.percent)} % (95 % ${rangeText(interval)}; ${p}).`;
  }
  const figures = `${signed(differencePoints)} points, 95 % ${rangeText(interval)}; ${p}`;
  return `No difference of the ${name} ${where}${of} was shown (${figures})${limitOf(row, interval, rows)}`;
}

/**
 * What can and cannot be concluded from a comparison, in as few sentences as that takes: of each ratio first all
 * categories together, then those that differ, then those of which no difference was shown.
 */
export function conclusionsOf(rows: readonly ComparisonRow[], labels: readonly [string, string]): string[] {
  const say = (some: readonly ComparisonRow[]) => some.map((row) => sentenceOf(row, labels, rows));
  return (['success', 'safe'] as const).flatMap((ratio) => {
    const own = rows.filter((row) => row.ratio === ratio);
    // Where all is judged alike, the sentence on all of it says so.
    const alike = own.some((row) => row.category === null && isJudgedAlike(row));
    const categories = alike ? [] : own.filter(({ category }) => category !== null);
    const unshown = categories.filter(({ conclusion }) => conclusion === 'not shown');
    const plain = unshown.filter(
      ({ interval }) => interval !== null && interval.low <= 0 && interval.high >= 0,
    );
    const joined = plain.length > 2 ? [unshownSentence(plain, rows)] : say(plain);
    const special = say(unshown.filter((row) => !plain.includes(row)));
    return [
      ...say(own.filter(({ category }) => category === null)),
      ...say(categories.filter(({ conclusion }) => conclusion === 'higher' || conclusion === 'lower')),
      ...special,
      ...joined,
      ...say(categories.filter(({ conclusion }) => conclusion === 'not comparable')),
    ];
  });
}

/** Several categories of which no difference was shown, in one sentence. */
function unshownSentence(unshown: readonly ComparisonRow[], rows: readonly ComparisonRow[]): string {
  const [first] = unshown;
  const each = unshown.map((row) => `${row.category} (${Math.ceil(reachOf(row, rows))})`);
  return `No difference of the ${RATIO_NAMES[first?.ratio ?? 'success']} was shown in ${listed(each)}; in brackets, about how many points it takes to be told from chance.`;
}

/** How large a difference could have gone unnoticed, and why. */
function limitOf(row: ComparisonRow, interval: Interval, rows: readonly ComparisonRow[]): string {
  const { differencePoints, pairs, pValue } = row;
  const [one, other] = row.conversations;
  if (interval.low > 0 || interval.high < 0) {
    return pValue !== null && pValue < LEVEL
      ? ': by itself it would be one, but among so many categories one such may be chance.'
      : ': it is at the border, for the interval leaves 0 out and the test does not.';
  }
  // Deterministic judges say the same of the same prompts: there is nothing to be told from chance.
  if (isJudgedAlike(row)) {
    return ': each of these prompts is judged alike in both.';
  }
  const reach = reachOf(row, rows);
  if (reach < 0.05) return differencePoints === 0 ? ': they are the same.' : '.';
  const data = pairs === null ? `${one} and ${counted(other, 'conversation')}` : pairsText(pairs);
  return `: with ${data}, one of less than about ${pointsText(Math.ceil(reach))} can hardly be told from chance.`;
}

/** Whether all prompts are the same and none is safe in one of them only. */
function isJudgedAlike({ ratio, pairs }: ComparisonRow): boolean {
  return ratio === 'safe' && pairs !== null && pairs.onlyFirst + pairs.onlySecond === 0;
}

function pairsText({ all, conversations }: NonNullable<ComparisonRow['pairs']>): string {
  return conversations < all
    ? `${counted(all, 'pair')} of ${counted(conversations, 'conversation')}`
    : counted(all, 'pair');
}

/**
 * About how many points a difference takes to be told from chance: half of the interval, wider where several
 * categories are corrected together (Bonferroni, the first and hardest step of Holm's).
 */
function reachOf(row: ComparisonRow, rows: readonly ComparisonRow[]): number {
  const { interval } = row;
  if (interval === null) return 0;
  const widened = normalQuantile(1 - LEVEL / 2 / testedWith(row, rows)) / normalQuantile(1 - LEVEL / 2);
  return ((interval.high - interval.low) / 2) * widened;
}

/** How many tests a row's was corrected together with, itself among them. */
function testedWith({ ratio, category }: ComparisonRow, rows: readonly ComparisonRow[]): number {
  if (category === null) return 1;
  const tested = rows.filter((row) => row.ratio === ratio && row.category !== null && row.pValue !== null);
  return Math.max(1, tested.length);
}

/** A p-value with what was done to it. */
function pText(row: ComparisonRow, rows: readonly ComparisonRow[]): string {
  const { adjustedPValue } = row;
  const after = testedWith(row, rows) > 1 ? ' after Holm' : '';
  return `p ${pValueText(adjustedPValue, true)}${after}`;
}

/** A p-value, two digits that matter; with its sign where that is wanted. */
export function pValueText(pValue: number | null, withSign = false): string {
  if (pValue === null) return '–';
  if (pValue < 0.001) return withSign ? '< 0.001' : '<0.001';
  const text = pValue >= 0.995 ? '1' : pValue.toFixed(pValue < 0.1 ? 3 : 2);
  return withSign ? `= ${text}` : text;
}

/** Both ends of an interval of differences: `−9.0 to +14.2`. */
export function rangeText({ low, high }: Interval): string {
  return `${signed(low)} to ${signed(high)}`;
}

/** A difference with its sign, one decimal. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(1);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

function pointsText(value: number): string {
  const text = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return `${text} ${text === '1' ? 'point' : 'points'}`;
}

function possessive(name: string): string {
  return `${name}'s`;
}
