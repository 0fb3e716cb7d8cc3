import type { Interval } from '../metrics/intervals.ts';
import type { Share } from './report-model.ts';

/** What stands where there is no figure. */
export const NONE = '–';

/** The heading of a column of 95 % intervals; the space does not break. */
export const INTERVAL = '95\u00a0%';

/** A figure with two decimals, as the paper has them. */
export function twoDecimals(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : value.toFixed(2);
}

/** A whole number as people read it, e.g. `1,785`. */
export function countText(value: number): string {
  return value.toLocaleString('en');
}

/** A count with what is counted, e.g. `1 finding`, `1,785 prompts`. */
export function counted(count: number, what: string): string {
  return `${countText(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Both ends of an interval that is in per cent, one decimal each: `9.1–19.8`. */
export function intervalText(interval: Interval | null | undefined): string {
  return interval === null || interval === undefined
    ? NONE
    : `${oneDecimal(interval.low)}–${oneDecimal(interval.high)}`;
}

/**
 * The interval of a success ratio; a star says that it is Wilson's among bootstrapped ones.
 *
 * @param starred whether Wilson's intervals are the exception here
 */
export function successIntervalText({ interval }: Share, starred: boolean): string {
  const star = starred && interval?.method === 'wilson' ? '*' : '';
  return `${intervalText(interval)}${star}`;
}

/** A share with its interval in words: `13.86 % (95 % 9.1–19.8)`. */
export function shareText(share: Share): string {
  const { percent, interval } = share;
  if (percent === null) return NONE;
  return `${percent.toFixed(2)} %${interval === null ? '' : ` (95 % ${intervalText(interval)})`}`;
}

/** A time as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return NONE;
  if (seconds < 10) return `${oneDecimal(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${countText(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Milliseconds, with as many digits as matter. */
export function millisecondsText(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return NONE;
  return milliseconds < 10 ? oneDecimal(milliseconds) : countText(Math.round(milliseconds));
}

/** An amount of money with three digits that matter. */
export function costText(cost: { readonly amount: number; readonly currency: string } | null): string {
  if (cost === null) return NONE;
  const { amount, currency } = cost;
  const text = amount >= 100 ? amount.toFixed(2) : String(Number(amount.toPrecision(3)));
  return `${text} ${currency}`;
}

/** Words as a sentence lists them: `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function oneDecimal(value: number): string {
  return value.toFixed(1);
}
