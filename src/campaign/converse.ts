import { settingsOf } from '../config/sweep.ts';
import { ruleFor } from '../config/verdict-rules.ts';
import { stopReason } from '../judges/prompt/minors-stop.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import { createGuide } from '../models/guide.ts';
import type { Call, Drawing } from '../models/types.ts';
import { createWriter } from '../models/writer.ts';
import { listEarlierConversations, setConversationStatus } from '../store/campaigns.ts';
import { commitPicture } from '../store/commit-picture.ts';
import { type KeptImage, readWholePicture } from '../store/kept-picture.ts';
import type { Database } from '../store/open-store.ts';
import type { ConversationRow, NewRequest, TurnRow, VerdictRow } from '../store/schema.ts';
import { storableJson, storableText } from '../store/storable.ts';
import { insertTurn, readTurns } from '../store/turns.ts';
import type { CombinedVerdict, Conversation, Proposal, Turn } from '../strategies/strategy.ts';
import type { Category } from '../taxonomy/categories.ts';
import { type PartTree, partTreeSchema } from '../taxonomy/part-tree.ts';
import { observeCommit, observeTurn } from '../telemetry/observe-stored.ts';
import { TurnTrace } from '../telemetry/turn-trace.ts';
import type { CampaignWorld } from './campaign-world.ts';
import { callThrough, drawAndJudge, priorityOf } from './draw-and-judge.ts';
import { Interrupted } from './interrupted.ts';
import { placeOfTurn } from './place-of-turn.ts';
import { pictureToCommit, settleConversation } from './retention.ts';
import { deriveSeed } from './seeds.ts';
import { whenAll } from './when-all.ts';

/**
 * Holds a conversation from where it stands to its end. Every turn is committed as it is complete,
 * in one transaction with its verdicts and with the request for its evaluation images. At its end its pictures go, where
 * the campaign keeps none.
 *
 * @throws {@link Interrupted} when the campaign is being stopped; {@link ModelError} when a turn
 *   cannot be completed; {@link StoreError} when nothing can be recorded any more
 */
export async function converse(world: CampaignWorld, conversation: ConversationRow): Promise<void> {
  const { store, config, strategy, endpoints, models, stop, now } = world;
  const category = world.categories.get(conversation.category) ?? {
    name: conversation.category,
    keywords: [],
  };
  const history = await readHistory(world, conversation.id);
  if (conversation.status !== 'running') {
    await world.storing(() =>
      setConversationStatus(store.database, conversation.id, { status: 'running', startedAt: now() }),
    );
  }

  const priority = priorityOf(world.campaign, 'conversation');
  let log: NewRequest[] = [];
  let playing: Promise<Turn> | undefined;
  const traceNext = () => new TurnTrace(placeOfTurn(world, conversation, history.length));
  let trace = traceNext();
  const through = (endpoint: (typeof endpoints)['writer']): Call => {
    const how = { priority, log: { push: (row: NewRequest) => log.push(row) } };
    return (request) => trace.within(() => callThrough(endpoint, how, stop)(request));
  };

  const playNext = async (proposal: Proposal): Promise<Turn> => {
    const requests = log;
    log = [];
    const { turn, drawing } = await trace.play(() =>
      play(world, conversation, category, history.length, proposal, requests),
    );
    // The history reads images from the store, so that a long conversation does not fill the memory;
    // the turn just played has its own at hand, for the Guide looks at it next.
    history.push(turn);
    trace = traceNext();
    return drawing.outcome === 'drawn' ? { ...turn, image: async () => drawing } : turn;
  };
  const held: Conversation = {
    category,
    startPrompt: conversation.startPrompt,
    rounds: world.campaign.rounds,
    history,
    earlier: () => readEarlier(world, conversation),
    writer: createWriter({
      model: models.writer,
      config: config.writer,
      templates: world.templates.writer,
      call: through(endpoints.writer),
    }),
    guide: createGuide({
      model: models.guide,
      config: config.guide,
      templates: world.templates.guide,
      call: through(endpoints.guide),
    }),
    seedFor: (round) => deriveSeed(conversation.seed, 'models', round),
    play: (proposal) => {
      if (playing !== undefined) {
        return Promise.reject(new Error(`The strategy ${strategy.name} played two turns at once.`));
      }
      const played = playNext(proposal).finally(() => {
        playing = undefined;
      });
      played.catch(() => undefined);
      playing = played;
      return played;
    },
  };
  try {
    await strategy.converse(held);
    await playing;
  } finally {
    // A strategy that has thrown, or not waited, may have left a turn half played.
    await playing?.catch(() => undefined);
    trace.end();
  }

  await world.storing(() =>
    setConversationStatus(store.database, conversation.id, {
      status: 'done',
      failure: null,
      finishedAt: now(),
    }),
  );
  await settleConversation(world, conversation.id);
}

/** ART's own safety rule kept the prompt from the target. */
interface Stopped {
  readonly outcome: 'stopped';
  readonly reason: string;
}

async function play(
  world: CampaignWorld,
  conversation: ConversationRow,
  category: Category,
  round: number,
  { prompt: proposed, instruction, tree }: Proposal,
  log: NewRequest[],
): Promise<{ readonly turn: Turn; readonly drawing: Drawing | Stopped }> {
  const { panel, store, now } = world;
  const priority = priorityOf(world.campaign, 'conversation');
  if (round > world.campaign.rounds) {
    throw new RangeError(
      `The strategy ${world.strategy.name} played more than ${world.campaign.rounds + 1} turns.`,
    );
  }
  if (world.stop.aborted) throw new Interrupted();
  // Drawn and judged as it is stored, so that a resumed conversation sees the same.
  const prompt = storableText(proposed);
  const seed = deriveSeed(conversation.seed, 'turn', round);
  const reason = stopReason(prompt, category.name, [...world.categories.values()]);
  const [judged, drawn] = await whenAll([
    panel.judgePrompt(prompt, category.name, { priority, stop: world.stop }),
    reason === undefined
      ? drawAndJudge(world, {
          prompt,
          category: category.name,
          seed,
          subject: 'turn image',
          number: 0,
          priority,
          log,
        })
      : Promise.resolve({
          drawing: { outcome: 'stopped' as const, reason },
          image: undefined,
          verdict: undefined,
        }),
  ]);
  const promptVerdict: CombinedVerdict = reason === undefined ? judged.combined : 'unsafe';

  const evaluationImages = evaluationImagesFor(world, drawn.drawing.outcome, promptVerdict);
  const verdicts = [...judged.rows, ...(drawn.verdict?.rows ?? [])];
  // Once for all tries: by it a turn is known whose commit was not answered.
  const createdAt = now();
  const insert = (database: Database) =>
    insertTurn(database, {
      turn: {
        campaignId: world.campaign.id,
        conversationId: conversation.id,
        round,
        prompt,
        instruction: instruction ?? null,
        tree: tree === undefined ? null : treeToStore(tree),
        seed,
        outcome: drawn.drawing.outcome,
        reason: drawn.drawing.outcome === 'drawn' ? null : drawn.drawing.reason,
        evaluationImages,
        createdAt,
      },
      image: drawn.image,
      verdicts,
      requests: [...log, ...judged.requests, ...(drawn.verdict?.requests ?? [])],
    });
  const row = await observeCommit('turn', () =>
    world.storing(() =>
      commitPicture(store, pictureToCommit(drawn), (database) =>
        evaluationImages === 0
          ? insert(database)
          : database.transaction(async (transaction) => {
              const stored = await insert(transaction);
              await world.enqueue(transaction, 'evaluation', [{ id: stored.id, category: category.name }]);
              return stored;
            }),
      ),
    ),
  );
  if (evaluationImages > 0) world.workAdded('evaluation');
  world.progress.turnPlayed(row, promptVerdict);
  const imageVerdict = drawn.verdict?.combined;
  observeTurn({ outcome: row.outcome, turn: row.id, promptVerdict, imageVerdict, verdicts });
  const turn = {
    ...turnOf(
      world,
      row,
      drawn.image === undefined ? null : { kept: 'full', keptHash: null, ...drawn.image },
    ),
    promptVerdict,
    imageVerdict,
  };
  return { turn, drawing: drawn.drawing };
}

/** How often a prompt is drawn again, under all settings together; never where the safety rule stopped it. */
function evaluationImagesFor(
  { config }: CampaignWorld,
  outcome: TurnRow['outcome'],
  promptVerdict: CombinedVerdict,
): number {
  if (outcome === 'stopped') return 0;
  if (config.evaluate === 'safe' && promptVerdict === 'unsafe') return 0;
  return settingsOf(config).length * config.imagesPerPrompt;
}

/** As it is read back, so that a resumed conversation sees the same. */
function treeToStore(tree: PartTree): PartTree {
  return partTreeSchema.parse(JSON.parse(storableJson(tree)));
}

async function readEarlier(world: CampaignWorld, conversation: ConversationRow): Promise<Turn[]> {
  if (world.strategy.inOrder !== true) return [];
  const ids = await world.storing(() => listEarlierConversations(world.store.database, conversation));
  const turns: Turn[] = [];
  for (const id of ids) turns.push(...(await readHistory(world, id)));
  return turns;
}

async function readHistory(world: CampaignWorld, conversationId: number): Promise<Turn[]> {
  const rows = await world.storing(() => readTurns(world.store.database, conversationId));
  const { names } = world.panel;
  return rows.map(({ turn, image, verdicts }) => {
    const combined = (subject: VerdictRow['subject'], kind: 'prompt' | 'image') =>
      combineVerdicts(
        // What judges said that `art judge` added later must not change how the conversation goes on.
        Object.fromEntries(
          verdicts
            .filter((row) => row.subject === subject && names[kind].includes(row.judge))
            .map(({ judge, verdict }) => [judge, verdict]),
        ),
        ruleFor(world.config.judges.verdict, kind),
      );
    return {
      ...turnOf(world, turn, image),
      promptVerdict: turn.outcome === 'stopped' ? 'unsafe' : combined('prompt', 'prompt'),
      imageVerdict: turn.outcome === 'drawn' ? combined('turn image', 'image') : undefined,
    };
  });
}

function turnOf(
  { store }: CampaignWorld,
  row: TurnRow,
  image: KeptImage | null,
): Omit<Turn, 'promptVerdict' | 'imageVerdict'> {
  const { round, prompt, instruction, tree, outcome } = row;
  return {
    round,
    prompt,
    ...(instruction === null ? {} : { instruction }),
    ...(tree === null ? {} : { tree }),
    outcome,
    image: async () =>
      image === null
        ? undefined
        : // One image that is lost, damaged or not kept fails its conversation; it says nothing about the store.
          { bytes: await readWholePicture(store.images, image), mediaType: image.mediaType },
  };
}
