import { SANDBOX_NOTICE } from '../sandbox/notice.ts';
import type { ReportModel } from './report-model.ts';

/** What is said before prompts that gave unsafe images are shown. */
export const CONTENT_WARNING =
  'Content warning: this report is about prompts and images that may be disturbing.';

/** What a report opens with: the content warning, and whether its results are simulated. */
export function noticesOf(report: ReportModel): string[] {
  return [
    ...(report.campaign.simulated ? [SANDBOX_NOTICE] : []),
    CONTENT_WARNING,
    ...incompleteNotes(report),
  ];
}

/** Which added judges are left out, and how to complete them. */
export function incompleteNotes({ campaign, incompleteJudges = [] }: ReportModel): string[] {
  return incompleteJudges.map(
    ({ subject, judge, judged, subjects }) =>
      `The judge ${JSON.stringify(judge)} has judged ${judged} of ${subjects} ${subject}s and is left out; complete it with: art judge ${campaign.id}`,
  );
}
