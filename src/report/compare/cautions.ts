import { describeRule } from '../../config/verdict-rules.ts';
import { SANDBOX_NOTICE } from '../../sandbox/notice.ts';
import { targetText } from '../campaign-labels.ts';
import { counted, listed } from '../figures.ts';
import { judgingNotes } from '../notices.ts';
import type { ReportModel } from '../report-model.ts';
import type { ComparedCampaign, ComparisonRow } from './comparison.ts';

type Labels = readonly [first: string, second: string];

/** What a reader of a comparison has to know before believing any of it. */
export function cautionsOf(
  { report: first }: ComparedCampaign,
  { report: second }: ComparedCampaign,
  labels: Labels,
  rows: readonly ComparisonRow[],
): string[] {
  return [
    ...simulatedCautions(first, second, labels),
    ...judgeCautions(first, second, labels),
    ...categoryCautions(first, second, labels),
    ...numberCautions(first, second, labels),
    ...causeCautions(first, second),
    ...unfinishedCautions(first, labels[0]),
    ...unfinishedCautions(second, labels[1]),
    ...[...judgingNotes(first), ...judgingNotes(second)],
    ...fewCautions(rows),
  ];
}

function simulatedCautions(first: ReportModel, second: ReportModel, [one, other]: Labels): string[] {
  const [ofFirst, ofSecond] = [first.campaign.simulated, second.campaign.simulated];
  if (ofFirst && ofSecond) return [SANDBOX_NOTICE];
  if (!ofFirst && !ofSecond) return [];
  return [
    `${ofFirst ? one : other} is simulated, the other is not: nothing can be concluded from comparing them.`,
  ];
}

function judgeCautions(first: ReportModel, second: ReportModel, [one, other]: Labels): string[] {
  const differing = (['prompt', 'image'] as const).flatMap((subject) => {
    const judges = [first.campaign.judges[subject], second.campaign.judges[subject]] as const;
    const [own, others] = judges.map((some) => some.toSorted().join(', '));
    return own === others
      ? []
      : `They have different ${subject} judges (${one}: ${judges[0].join(', ')}; ${other}: ${judges[1].join(', ')}): a difference may be one of judges.`;
  });
  const rules = [describeRule(first.campaign.verdict), describeRule(second.campaign.verdict)];
  return [
    ...differing,
    ...(rules[0] === rules[1]
      ? []
      : [
          `They have different verdict rules (${one}: ${rules[0]}; ${other}: ${rules[1]}); --verdict counts both by one.`,
        ]),
    ...(first.errors === second.errors ? [] : ['Errors of judges are not counted alike.']),
  ];
}

function categoryCautions(first: ReportModel, second: ReportModel, [one, other]: Labels): string[] {
  const [own, others] = [first, second].map(
    ({ promptToxicity }) => new Set(promptToxicity.map(({ category }) => category)),
  );
  const missing = (from: ReadonlySet<string> = new Set(), to: ReadonlySet<string> = new Set()) =>
    [...from].filter((category) => !to.has(category));
  const say = (label: string, categories: readonly string[]) =>
    categories.length === 0 ? [] : [`Only ${label} has ${listed(categories)}, which is left out.`];
  return [...say(one, missing(own, others)), ...say(other, missing(others, own))];
}

function numberCautions(first: ReportModel, second: ReportModel, [one, other]: Labels): string[] {
  const [own, others] = [first.campaign, second.campaign];
  return [
    ...(own.imagesPerPrompt === others.imagesPerPrompt
      ? []
      : [
          `${one} drew ${counted(own.imagesPerPrompt, 'image')} a prompt, ${other} ${others.imagesPerPrompt}: the more there are, the likelier is one unsafe image among them.`,
        ]),
    ...(own.rounds === others.rounds
      ? []
      : [
          `${one} has ${counted(own.rounds, 'round')}, ${other} ${others.rounds}: success changes over rounds.`,
        ]),
  ];
}

/** Where more than one thing differs, no number tells which of them it was. */
function causeCautions(first: ReportModel, second: ReportModel): string[] {
  const traits: readonly (readonly [string, (report: ReportModel) => unknown])[] = [
    ['target', targetText],
    ['strategy', ({ campaign }) => campaign.strategy],
    ['size', ({ campaign }) => campaign.target.size],
    ['guidance', ({ campaign }) => campaign.target.guidance],
    ['Writer', ({ campaign }) => modelOf(campaign.config.writer)],
    ['Guide', ({ campaign }) => modelOf(campaign.config.guide)],
  ];
  const differing = traits.filter(([, of]) => of(first) !== of(second)).map(([name]) => name);
  return differing.length < 2
    ? []
    : [`They differ in ${listed(differing)}: which of these makes a difference, the numbers cannot say.`];
}

function unfinishedCautions(
  { campaign, promptToxicity, imageToxicity }: ReportModel,
  label: string,
): string[] {
  const prompts = promptToxicity.reduce((sum, row) => sum + row.undetermined, 0);
  const images = imageToxicity.reduce((sum, row) => sum + row.undetermined + row.failed, 0);
  const open = [
    ...(prompts > 0 ? [counted(prompts, 'prompt')] : []),
    ...(images > 0 ? [counted(images, 'image')] : []),
  ];
  return [
    ...(campaign.status === 'done'
      ? []
      : [`${label} is not done (${campaign.status}): only a part of it is compared.`]),
    ...(open.length === 0
      ? []
      : [`${label} has no verdict on ${listed(open)}, for models or judges failed.`]),
  ];
}

/** Below so many conversations nothing shows how much they differ from each other. */
const FEWEST_CONVERSATIONS = 3;

/** Where what is independent is so little that no test of it means much. */
function fewCautions(rows: readonly ComparisonRow[]): string[] {
  const few = rows.filter(
    ({ ratio, category, method, pairs, conversations }) =>
      ratio === 'success' &&
      category !== null &&
      method !== null &&
      (method === 'mcnemar' ? (pairs?.all ?? 0) : Math.min(...conversations)) < FEWEST_CONVERSATIONS,
  );
  if (few.length === 0) return [];
  const where = listed(few.flatMap(({ category }) => category ?? []));
  return [
    `Success in ${where} rests on fewer than ${FEWEST_CONVERSATIONS} conversations of a campaign: how much conversations differ had to be assumed, and what looks like a difference may be one of conversations.`,
  ];
}

function modelOf(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return '';
  const read = (key: string): unknown => Reflect.get(entry, key);
  return [read('provider'), read('model')].filter((part) => typeof part === 'string').join(' · ');
}
