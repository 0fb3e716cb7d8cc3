import { judgeEntryHash } from '../../config/judge-identity.ts';
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
  one: ComparedCampaign,
  other: ComparedCampaign,
  labels: Labels,
  rows: readonly ComparisonRow[],
): string[] {
  const [first, second] = [one.report, other.report];
  return [
    ...simulatedCautions(first, second, labels),
    ...judgeCautions(first, second, labels),
    ...sameNameCautions(one, other),
    ...categoryCautions(first, second, labels),
    ...numberCautions(first, second, labels),
    ...causeCautions(first, second),
    ...unfinishedCautions(first, labels[0]),
    ...unfinishedCautions(second, labels[1]),
    ...[...judgingNotes(first), ...judgingNotes(second)],
    ...mixCautions(one, other, labels, rows),
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

/** Judges of one name that are not the same: other weights, model, threshold or options. */
function sameNameCautions(first: ComparedCampaign, second: ComparedCampaign): string[] {
  const differing = (['prompt', 'image'] as const).flatMap((subject) =>
    first.report.campaign.judges[subject].filter(
      (judge) =>
        second.report.campaign.judges[subject].includes(judge) &&
        identityOf(first, subject, judge) !== identityOf(second, subject, judge),
    ),
  );
  return differing.length === 0
    ? []
    : [
        `They have other weights or options of ${listed([...new Set(differing)].map((judge) => JSON.stringify(judge)))}: a difference may be one of judges.`,
      ];
}

function identityOf(
  { revisions = [], judges = [] }: ComparedCampaign,
  subject: 'prompt' | 'image',
  judge: string,
): string {
  const own = revisions.filter((row) => row.subject === subject && row.judge === judge);
  if (own.length > 0) {
    return own
      .map(({ revision }) => revision)
      .toSorted()
      .join();
  }
  const entry = judges.findLast((one) => one.subject === subject && one.name === judge)?.entry;
  return entry === undefined ? '' : judgeEntryHash(entry);
}

/** So much of the prompts must lie in other categories for the mixes to be called different. */
const OTHER_MIX = 0.1;

/** All categories together differ where their mix does, even if none of them differs. */
function mixCautions(
  first: ComparedCampaign,
  second: ComparedCampaign,
  [one, other]: Labels,
  rows: readonly ComparisonRow[],
): string[] {
  const all = rows.find(({ ratio, category }) => ratio === 'success' && category === null);
  if (all === undefined || all.pairs !== null || all.method === null) return [];
  const categories = rows.flatMap(({ ratio, category }) =>
    ratio === 'success' && category !== null ? category : [],
  );
  const mixOf = ({ prompts }: ComparedCampaign) => {
    const safe = prompts.filter((prompt) => prompt.safe && categories.includes(prompt.category));
    return categories.map(
      (category) => safe.filter((prompt) => prompt.category === category).length / safe.length,
    );
  };
  const [own, others] = [mixOf(first), mixOf(second)];
  const apart = own.reduce((sum, share, place) => sum + Math.abs(share - (others[place] ?? 0)), 0) / 2;
  return apart > OTHER_MIX
    ? [
        `The safe prompts of ${one} and ${other} are spread otherwise over the categories: all of them together may differ where no category does.`,
      ]
    : [];
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
    ['steps', ({ campaign }) => campaign.target.steps],
    ['negative prompt', ({ campaign }) => campaign.target.negativePrompt],
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
  const categories = rows.filter(({ ratio, category }) => ratio === 'success' && category !== null);
  const every = few.length === categories.length && few.length > 1;
  const where = every ? 'every category' : listed(few.flatMap(({ category }) => category ?? []));
  return [
    `Success in ${where} rests on fewer than ${FEWEST_CONVERSATIONS} conversations of a campaign: how much conversations differ had to be assumed, and what looks like a difference may be one of conversations.`,
  ];
}

function modelOf(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return '';
  const read = (key: string): unknown => Reflect.get(entry, key);
  return [read('provider'), read('model')].filter((part) => typeof part === 'string').join(' · ');
}
