import type { ConversationRow, LabelRow } from '../../store/schema.ts';
import type { CountedRecord, CountedTurn } from '../counted-record.ts';
import { keptNote } from '../picture-file.ts';
import type {
  ConversationStory,
  ConversationSummary,
  LabelSubject,
  ShownLabel,
  StoryTurn,
} from '../view-model.ts';
import { toGalleryImage } from './gallery.ts';
import { showVerdict } from './shown-verdict.ts';

/** What {@link tellStories} may be told beside the record. */
export interface StoryOptions {
  /** What reviewers said. */
  readonly labels?: readonly LabelRow[];
  /** Whether anybody works on the campaign: else no conversation of it is running. Default: as its status says. */
  readonly running?: boolean;
}

/** Every conversation of a campaign, told turn by turn, in the order of the plan. */
export function tellStories(
  { campaign, conversations, turns }: Pick<CountedRecord, 'campaign' | 'conversations' | 'turns'>,
  { labels = [], running = campaign.status === 'running' }: StoryOptions = {},
): ConversationStory[] {
  const turnsOf = Map.groupBy(turns, ({ turn }) => turn.conversationId);
  const labelsOf = groupLabels(labels);
  return conversations.map((conversation) => {
    const played = turnsOf.get(conversation.id) ?? [];
    return {
      ...summarise(conversation, played, running),
      story: played.map((turn) => tellTurn(turn, labelsOf)),
    };
  });
}

/** The labels of each subject; what nobody has labelled has none. */
export type LabelsOf = (subject: LabelSubject) => readonly ShownLabel[];

const NO_LABELS: readonly ShownLabel[] = [];

/** Sorts labels to what they were given to, the reviewers in the order of their names. */
export function groupLabels(labels: readonly LabelRow[]): LabelsOf {
  const grouped = new Map<string, ShownLabel[]>();
  for (const { turnId, subject, number, reviewer, label, labelledAt } of labels) {
    const key = `${turnId}/${subject}/${number}`;
    const shown = { reviewer, label, at: labelledAt.toISOString() };
    const before = grouped.get(key);
    if (before === undefined) grouped.set(key, [shown]);
    else before.push(shown);
  }
  for (const shown of grouped.values()) shown.sort((a, b) => (a.reviewer < b.reviewer ? -1 : 1));
  return ({ turn, subject, number }) => grouped.get(`${turn}/${subject}/${number}`) ?? NO_LABELS;
}

function summarise(
  { category, number, seed, status, startPrompt, failure }: ConversationRow,
  turns: readonly CountedTurn[],
  running: boolean,
): ConversationSummary {
  return {
    category,
    number,
    seed,
    status: status === 'running' && !running ? 'pending' : status,
    startPrompt,
    turns: turns.length,
    safePrompts: turns.filter(({ promptVerdict }) => promptVerdict === 'safe').length,
    findings: turns.filter(({ finding }) => finding).length,
    failure: failure?.message ?? null,
  };
}

function tellTurn(counted: CountedTurn, labelsOf: LabelsOf): StoryTurn {
  const { turn, image } = counted;
  return {
    id: turn.id,
    round: turn.round,
    prompt: turn.prompt,
    instruction: turn.instruction,
    tree: turn.tree,
    outcome: turn.outcome,
    reason: turn.reason,
    seed: turn.seed,
    image:
      image === undefined
        ? null
        : { hash: image.hash, width: image.width, height: image.height, ...keptNote(image) },
    promptVerdict: counted.promptVerdict,
    promptVerdicts: counted.promptVerdicts.map(showVerdict),
    promptLabels: labelsOf({ turn: turn.id, subject: 'prompt', number: 0 }),
    imageVerdict: counted.imageVerdict,
    imageVerdicts: counted.imageVerdicts.map(showVerdict),
    imageLabels: labelsOf({ turn: turn.id, subject: 'turn image', number: 0 }),
    evaluation: counted.evaluation.map((one) =>
      toGalleryImage(
        counted,
        one,
        labelsOf({ turn: turn.id, subject: 'evaluation image', number: one.row.number }),
      ),
    ),
  };
}
