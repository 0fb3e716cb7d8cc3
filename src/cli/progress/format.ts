import type { CampaignProgress } from '../../campaign/progress.ts';

const grouped = new Intl.NumberFormat('en-US');

/** A count with its thousands apart: `1,785`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A length of time as people say it: `48 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A latency: `48 ms`, `1.2 s`, `35 s`. */
export function formatLatency(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** A share of the whole, rounded down so that 100 % means all: `34 %`. */
export function formatPercent(fraction: number): string {
  return `${Math.floor(fraction * 100 + 1e-9)} %`;
}

/** `part / whole` from 0 to 1; nothing to do is 1. */
export function fractionOf(part: number, whole: number): number {
  return whole <= 0 ? 1 : Math.min(1, Math.max(0, part / whole));
}

/** How much of the exploration is done; a failed conversation's turns are done with. */
export function explorationFraction({ conversations, turns }: CampaignProgress): number {
  const settled = conversations.done + conversations.failed;
  if (conversations.total > 0 && settled >= conversations.total) return 1;
  return conversations.total === 0 ? 0 : fractionOf(turns.done, turns.total);
}

/** How many evaluation images need no more work: drawn, refused or given up. */
export function settledImages({ evaluationImages: images }: CampaignProgress): number {
  return images.done + images.failed + images.refused;
}

/** How much of the whole campaign is done, by requests to the target. */
export function overallFraction(progress: CampaignProgress): number {
  if (progress.phase === 'done') return 1;
  const { turns, evaluationImages } = progress;
  const total = turns.total + evaluationImages.total;
  if (total === 0) return 0;
  return fractionOf(explorationFraction(progress) * turns.total + settledImages(progress), total);
}
