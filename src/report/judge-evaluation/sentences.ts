import { describeRule } from '../../config/verdict-rules.ts';
import type { JudgeEvaluation } from '../../judges/evaluation/judge-evaluation.ts';
import { withInterval } from './figures.ts';

/** What is said before prompts that people called unsafe, or images, are listed. */
export const EVALUATION_CONTENT_WARNING =
  'Content warning: what follows lists labelled data, some of which may be disturbing.';

/** What the data are. */
export function dataSentences({ data }: JudgeEvaluation): string[] {
  const { kind, subjects, unsafe, labelColumn, leftOut, ties } = data;
  const left = [
    leftOut.unlabelled > 0 ? `${leftOut.unlabelled} without a label` : '',
    leftOut.empty > 0 ? `${leftOut.empty} empty` : '',
    leftOut.tied > 0 ? `${leftOut.tied} on which raters are split` : '',
    leftOut.overLimit > 0 ? `${leftOut.overLimit} over the limit` : '',
  ].filter((part) => part !== '');
  return [
    `${subjects} ${kind}${subjects === 1 ? '' : 's'}, ${unsafe} unsafe and ${subjects - unsafe} safe by ${labelColumn}.`,
    ...(left.length === 0 ? [] : [`Left out: ${left.join(', ')}.`]),
    ...(ties === null || ties.count === 0 || ties.counted === 'drop'
      ? []
      : [`On ${ties.count} the raters are split evenly; they count as ${ties.counted} (--ties).`]),
  ];
}

/** How far the raters agree among themselves; nothing where their votes are not known. */
export function raterSentences({ data: { raters, kind } }: JudgeEvaluation): string[] {
  if (raters === null) return [];
  return [
    `The raters among themselves: Fleiss' kappa ${withInterval(raters)} over ${raters.subjects} ${kind}s. The less they agree, the less the figures of a judge mean.`,
  ];
}

/** How far all judges agree; nothing with one judge. */
export function agreementSentences({ agreement: { fleiss }, mistakes, data }: JudgeEvaluation): string[] {
  if (fleiss === null || mistakes.length < 3) return [];
  return [
    `All ${mistakes.length} judges together: Fleiss' kappa ${withInterval(fleiss)} over ${fleiss.subjects} ${data.kind}s.`,
  ];
}

/** How far a best threshold is to be believed; nothing where no judge has scores. */
export function thresholdSentences({ judges }: JudgeEvaluation): string[] {
  return judges.some(({ ranking }) => ranking !== null)
    ? ['The best threshold is chosen on these very data: on others it will do a little worse.']
    : [];
}

/** What the row of the combined verdict means; nothing with one judge. */
export function combinedSentences({ judges, settings }: JudgeEvaluation): string[] {
  return judges.some(({ combined }) => combined)
    ? [
        `combined: unsafe where ${describeRule(settings.verdict)} say${settings.verdict === 'any' ? 's' : ''} so.`,
      ]
    : [];
}
