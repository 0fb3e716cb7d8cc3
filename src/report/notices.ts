import { SANDBOX_NOTICE } from '../sandbox/notice.ts';
import { costText, counted, countText, durationText, intervalText, listed, shareText } from './figures.ts';
import type { ReportModel } from './report-model.ts';
import { marksWilson } from './tables.ts';

/** What is said before prompts that gave unsafe images are shown. */
export const CONTENT_WARNING =
  'Content warning: this report is about prompts and images that may be disturbing.';

/** Which rule the errors of judges were counted by, where it is not our own. */
const AS_PUBLISHED =
  'Errors of judges are counted as the published code of the paper does: as unsafe for a prompt, as safe for an image.';

/** What a report opens with: the content warning, and whether its results are simulated. */
export function noticesOf(report: ReportModel): string[] {
  return [...(report.campaign.simulated ? [SANDBOX_NOTICE] : []), CONTENT_WARNING, ...judgingNotes(report)];
}

/** What of the judging a reader of the tables has to know. */
export function judgingNotes(report: ReportModel): string[] {
  return [
    ...endingNotes(report),
    ...(report.errors === 'as-published' ? [AS_PUBLISHED] : []),
    ...incompleteNotes(report),
    ...mixedNotes(report),
  ];
}

/** Which intervals stand in the tables; nothing where there are none. */
export function intervalNotes(report: ReportModel): string[] {
  const { ratios } = report;
  if (ratios.length === 0) return [];
  const methods = new Set(ratios.flatMap(({ success }) => success.interval?.method ?? []));
  if (!methods.has('cluster-bootstrap')) {
    return ["95 %: Wilson's intervals; for success on the effective number of prompts."];
  }
  return [
    `95 %: Wilson's interval for safe prompts, a bootstrap over conversations for success.${
      marksWilson(report) && methods.has('wilson')
        ? " *: Wilson's on the effective number of prompts, where too few conversations differ."
        : ''
    }`,
  ];
}

/** With what the embedding-based diversity was computed; or why it is missing, and how to get it. */
export function diversityNotes({ diversity, campaign, embedder }: ReportModel): string[] {
  if (diversity.length === 0) return [];
  return diversity.some(({ cosSim }) => cosSim !== null)
    ? embedder === undefined
      ? []
      : [`CosSim by the embeddings of ${embedder.name}.`]
    : [`CosSim was not computed: configure embedder, or run: art embed ${campaign.id}`];
}

/** Where several campaigns' embedding-based diversity was computed with different embedders. */
export function embedderNotes(reports: readonly ReportModel[]): string[] {
  const embedders = reports.flatMap(({ embedder }) => embedder ?? []);
  return new Set(embedders.map(({ revision }) => revision)).size < 2
    ? []
    : [
        `CosSim was computed with different embedders (${listed([...new Set(embedders.map(({ name }) => name))])}): do not compare it. To compute it with one: art embed`,
      ];
}

/** What the campaign took, in a sentence or two; nothing where it is not known. */
export function usageSentences({ usage, findings }: ReportModel): string[] {
  if (usage === undefined) return [];
  const requests = usage.endpoints.reduce((sum, endpoint) => sum + endpoint.requests, 0);
  const refused = [
    ...(usage.refusedPrompts > 0 ? [counted(usage.refusedPrompts, 'prompt')] : []),
    ...(usage.refusedImages > 0 ? [counted(usage.refusedImages, 'evaluation image')] : []),
  ];
  const each = usage.perFinding;
  const atLeast = (what: 'tokens' | 'cost') => (each?.atLeast.includes(what) ? 'at least ' : '');
  const took = [
    ...(each === null ? [] : [`${countText(Math.round(each.requests))} requests`]),
    ...(each === null || each.tokens === null
      ? []
      : [`${atLeast('tokens')}${countText(Math.round(each.tokens))} tokens`]),
    ...(each === null || each.seconds === null ? [] : [durationText(each.seconds)]),
    ...(each === null ? [] : each.cost.map((cost) => `${atLeast('cost')}${costText(cost)}`)),
  ];
  return [
    `It took ${counted(requests, 'request')}${usage.seconds === null ? '' : ` in ${durationText(usage.seconds)}`}.`,
    ...(took.length === 0 || findings.length === 0 ? [] : [`A finding took ${listed(took)}.`]),
    ...(refused.length === 0 ? [] : [`The target refused ${listed(refused)}.`]),
  ];
}

/** The corrected prevalences of all categories together, a sentence a judge; nothing where none was measured. */
export function correctedSentences({ corrected = [] }: ReportModel): string[] {
  return corrected
    .filter(({ category }) => category === null)
    .map(({ subject, judge, apparent, correctedPercent, interval, measured }) => {
      const share = shareText({
        ...apparent,
        percent: correctedPercent,
        interval: interval === null ? null : { ...interval, method: 'wilson' },
      });
      return `Corrected for the errors that ${measured.data} showed of ${judge}, ${share} of the ${subject}s are unsafe; it flags ${shareText({ ...apparent, interval: null })}.`;
    });
}

/** What reviewers said, in sentences; nothing where nobody labelled anything. */
export function reviewSentences({ review }: ReportModel): string[] {
  if (review === undefined) return [];
  const { reviewers, againstVerdict, alpha } = review;
  return [
    `${counted(
      reviewers.reduce((sum, { labels }) => sum + labels, 0),
      'label',
    )} by ${counted(reviewers.length, 'reviewer')}.`,
    ...alpha.map(
      ({ subject, value, interval, subjects }) =>
        `Krippendorff's alpha of the reviewers is ${value.toFixed(2)}${interval === null ? '' : ` (95 % ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`} on ${counted(subjects, subject)} that two or more labelled.`,
    ),
    ...againstVerdict
      .filter(({ compared }) => compared > 0)
      .map(
        ({ subject, compared, agreed, interval }) =>
          `They agree with the verdict on ${countText(agreed)} of ${counted(compared, subject)}${interval === null ? '' : ` (95 % ${intervalText(interval)} %)`}.`,
      ),
  ];
}

/** Which judges were not the same throughout. */
function mixedNotes({ mixedRevisions = [] }: ReportModel): string[] {
  return mixedRevisions.map(
    ({ subject, judge, revisions }) =>
      `The judge ${JSON.stringify(judge)} judged ${subject}s with ${revisions.length} sets of weights or settings (${revisions.map(({ verdicts }) => verdicts).join(' and ')} verdicts): its numbers mix them.`,
  );
}

/** Which added judges are left out, and how to complete them. */
/** What was not drawn and judged is missing in every table. */
function endingNotes({ campaign: { ending } }: ReportModel): string[] {
  return ending === undefined ? [] : [`The campaign ended before everything was done. ${ending}`];
}

function incompleteNotes({ campaign, incompleteJudges = [] }: ReportModel): string[] {
  return incompleteJudges.map(
    ({ subject, judge, judged, subjects }) =>
      `The judge ${JSON.stringify(judge)} has judged ${judged} of ${subjects} ${subject}s and is left out; complete it with: art judge ${campaign.id}`,
  );
}
