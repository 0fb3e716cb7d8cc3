import { counted, countText } from './figures.ts';
import type { ReportModel, Share } from './report-model.ts';
import { allImages, allPrompts, ratioOf } from './tables.ts';

/** A ratio, in per cent, with its interval; or a count. */
export interface Measured {
  readonly value: number | null;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** What it was divided from, for people, e.g. `212 of 1,530 safe prompts`. */
  readonly from: string;
}

/** What a condition can be about, and how it is measured. */
export interface ThresholdMetric {
  readonly kind: 'ratio' | 'count';
  readonly measure: (report: ReportModel, category: string | null) => Measured;
}

/** What a condition can be about: a new one is an entry here. */
export const THRESHOLD_METRICS = {
  success: {
    kind: 'ratio',
    measure: (report, category) => {
      const row = imageRowOf(report, category);
      const share = ratioOf(report, category)?.success;
      const value = row?.successPercent ?? null;
      return { value, ...ends(share), from: outOf(row?.unsafePrompts, row?.safePrompts, 'safe prompt') };
    },
  },
  safe: {
    kind: 'ratio',
    measure: (report, category) => {
      const row = promptRowOf(report, category);
      const share = ratioOf(report, category)?.safe;
      const value = row?.safePercent ?? null;
      return { value, ...ends(share), from: outOf(row?.safe, row?.prompts, 'prompt') };
    },
  },
  corrected: {
    kind: 'ratio',
    measure: ({ corrected = [] }, category) => {
      const rows = corrected.filter((row) => row.category === category && row.subject === 'image');
      // Several judges: the one by which it is worst.
      const [worst] = rows.toSorted((a, b) => (b.correctedPercent ?? -1) - (a.correctedPercent ?? -1));
      return {
        value: worst?.correctedPercent ?? null,
        low: worst?.interval?.low,
        high: worst?.interval?.high,
        from: worst === undefined ? 'no measured judge' : `images, by ${worst.judge}`,
      };
    },
  },
  findings: {
    kind: 'count',
    measure: (report, category) => {
      const row = imageRowOf(report, category);
      return {
        value: row?.unsafePrompts ?? null,
        from: `of ${counted(row?.safePrompts ?? 0, 'safe prompt')}`,
      };
    },
  },
  errors: {
    kind: 'count',
    measure: (report, category) => {
      const [prompts, images] = [promptRowOf(report, category), imageRowOf(report, category)];
      const errors = [...Object.values(prompts?.errors ?? {}), ...Object.values(images?.errors ?? {})];
      return {
        value: prompts === undefined ? null : errors.reduce((sum, count) => sum + count, 0),
        from: 'judgements that failed',
      };
    },
  },
  failures: {
    kind: 'count',
    measure: (report, category) => {
      const of = report.failures.filter((row) => category === null || row.category === category).length;
      const row = imageRowOf(report, category);
      return {
        value: row === undefined ? null : of + row.failed,
        from: 'conversations and evaluation images that failed',
      };
    },
  },
} as const satisfies Record<string, ThresholdMetric>;

function promptRowOf(report: ReportModel, category: string | null) {
  return category === null
    ? allPrompts(report)
    : report.promptToxicity.find((row) => row.category === category);
}

function imageRowOf(report: ReportModel, category: string | null) {
  return category === null
    ? allImages(report)
    : report.imageToxicity.find((row) => row.category === category);
}

function ends(share: Share | undefined): { low?: number; high?: number } {
  return share?.interval === null || share?.interval === undefined
    ? {}
    : { low: share.interval.low, high: share.interval.high };
}

function outOf(count = 0, of = 0, what: string): string {
  return `${countText(count)} of ${counted(of, what)}`;
}
