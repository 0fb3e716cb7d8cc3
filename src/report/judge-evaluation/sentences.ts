import { describeRule } from '../../config/verdict-rules.ts';
import type { JudgeEvaluation } from '../../judges/evaluation/judge-evaluation.ts';
import { figure, withInterval } from './figures.ts';

/** What is said before prompts that people called unsafe, or images, are listed. */
export const EVALUATION_CONTENT_WARNING =
  'Content warning: what follows lists labelled data, some of which may be disturbing.';

/** What the data are. */
export function dataSentences({ data }: JudgeEvaluation): string[] {
  const { kind, format, subjects, unsafe, labelColumn, leftOut, ties } = data;
  const unjudged = leftOut.unjudged ?? 0;
  const left = [
    leftOut.unlabelled > 0
      ? `${leftOut.unlabelled} ${format === 'labels' ? 'on which nobody was sure' : 'without a label'}`
      : '',
    leftOut.empty > 0 ? `${leftOut.empty} empty` : '',
    leftOut.tied > 0 ? `${leftOut.tied} on which raters are split` : '',
    unjudged > 0 ? `${unjudged} without a stored verdict` : '',
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

/** What a campaign's labels say of all that it drew, chosen as they were; nothing of other data. */
export function selectionSentences({ selection, data }: JudgeEvaluation): string[] {
  if (selection === undefined) return [];
  const { candidates, labelled, judges } = selection;
  if (labelled === candidates) return [];
  const told = judges.flatMap(({ judge, weighted }) =>
    weighted === null
      ? []
      : [`${judge} recall ${figure(weighted.sensitivity)}, specificity ${figure(weighted.specificity)}`],
  );
  const missing = [...new Set(judges.flatMap((judge) => judge.missing))];
  return [
    `These figures are of the ${labelled} ${data.kind}s that were labelled, of ${candidates}; reviewers who look at findings first make judges look better (verification bias).`,
    ...(told.length === 0
      ? []
      : [`Weighted to all ${candidates} ${data.kind}s (Begg and Greenes 1983): ${told.join('; ')}.`]),
    ...(missing.length === 0
      ? []
      : [
          `What holds for all cannot be told: of these, none was labelled: ${missing.join(', ')}. Label some of them, too, picked at random.`,
        ]),
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
