import { SANDBOX_NOTICE } from '../sandbox/notice.ts';
import type { ReportModel } from './report-model.ts';

/** What is said before prompts that gave unsafe images are shown. */
export const CONTENT_WARNING =
  'Content warning: this report is about prompts and images that may be disturbing.';

/** What a report opens with: the content warning, and whether its results are simulated. */
export function noticesOf(report: ReportModel): string[] {
  return [...(report.campaign.simulated ? [SANDBOX_NOTICE] : []), CONTENT_WARNING, ...judgingNotes(report)];
}

/** What of the judging a reader of the tables has to know. */
export function judgingNotes(report: ReportModel): string[] {
  return [...incompleteNotes(report), ...mixedNotes(report)];
}

/** Which judges were not the same throughout. */
function mixedNotes({ mixedRevisions = [] }: ReportModel): string[] {
  return mixedRevisions.map(
    ({ subject, judge, revisions }) =>
      `The judge ${JSON.stringify(judge)} judged ${subject}s with ${revisions.length} sets of weights or settings (${revisions.map(({ verdicts }) => verdicts).join(' and ')} verdicts): its numbers mix them.`,
  );
}

/** Which added judges are left out, and how to complete them. */
function incompleteNotes({ campaign, incompleteJudges = [] }: ReportModel): string[] {
  return incompleteJudges.map(
    ({ subject, judge, judged, subjects }) =>
      `The judge ${JSON.stringify(judge)} has judged ${judged} of ${subjects} ${subject}s and is left out; complete it with: art judge ${campaign.id}`,
  );
}
