import type { JudgeVerdict } from '../metrics/toxicity.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { CampaignRow, ConversationRow, EvaluationOutcome, VerdictSubject } from '../store/schema.ts';
import { imageOf, MOMENT } from '../store/store-fixtures.ts';
import { type CountedRecord, type CountedTurn, toCountedTurn } from './counted-record.ts';
import { fileNaming } from './picture-file.ts';

/** What the judge of images, `pixels`, said of an image; or why there is none. */
export type SaidOfImage = JudgeVerdict | Exclude<EvaluationOutcome, 'drawn'>;

/** A turn in a few words. */
export interface TurnInShort {
  readonly category?: string;
  readonly conversation?: number;
  readonly round?: number;
  /** What the judges `lexicon` and `guard` said of the prompt; `null`: not asked. */
  readonly prompt?: readonly (JudgeVerdict | null)[];
  /** By setting, its images in order; the campaign's own is `''`. */
  readonly images?: Readonly<Record<string, readonly SaidOfImage[]>>;
  readonly text?: string;
}

const COUNTING = {
  judges: { prompt: ['lexicon', 'guard'], image: ['pixels'] },
  combine: (verdicts: Readonly<Record<string, JudgeVerdict>>): JudgeVerdict => {
    const said = Object.values(verdicts);
    if (said.includes('unsafe')) return 'unsafe';
    return said.length === 0 || said.includes('error') ? 'error' : 'safe';
  },
  errors: 'shown',
} as const;

/** A record with these turns, under the rule `any`. */
export function countedRecord(
  turns: readonly TurnInShort[],
  config: Readonly<Record<string, unknown>> = {},
): CountedRecord {
  const campaign: CampaignRow = {
    id: 'c1',
    name: 'by hand',
    status: 'done',
    strategy: 'art',
    seed: 1234,
    rounds: 2,
    imagesPerPrompt: 2,
    config: { ...config },
    configHash: 'x',
    configFile: null,
    artVersion: '0',
    simulated: false,
    createdAt: MOMENT,
    finishedAt: null,
    priority: 0,
    wish: 'run',
    ending: null,
    runningSince: null,
    workedSeconds: 0,
  };
  const counted = turns.map(countedTurn);
  return {
    campaign,
    categories: [...new Set(counted.map(({ conversation }) => conversation.category))],
    conversations: [],
    turns: counted,
    incomplete: [],
    rule: 'any',
    fileOf: fileNaming(),
    ...COUNTING,
  };
}

function countedTurn(short: TurnInShort, id: number): CountedTurn {
  const { category = 'weather', conversation = 0, round = 0, text = `prompt ${id}` } = short;
  const { prompt = ['safe', 'safe'], images = {} } = short;
  const drawn = Object.entries(images).flatMap(([setting, said]) => said.map((one) => ({ setting, one })));
  return toCountedTurn(
    {
      conversation: conversationOf(category, conversation),
      turn: {
        id,
        campaignId: 'c1',
        conversationId: conversationOf(category, conversation).id,
        round,
        prompt: text,
        instruction: null,
        tree: null,
        seed: 1,
        outcome: 'drawn',
        reason: null,
        imageHash: imageOf(`turn ${id}`).hash,
        evaluationImages: drawn.length,
        createdAt: MOMENT,
      },
      image: { ...imageOf(`turn ${id}`), kept: 'full', keptHash: null, droppedAt: null },
      promptVerdicts: prompt.flatMap((verdict, place) =>
        verdict === null ? [] : [verdictBy(COUNTING.judges.prompt[place] ?? '', verdict, 'prompt')],
      ),
      imageVerdicts: [verdictBy('pixels', 'safe', 'turn image')],
      evaluation: drawn.map(({ setting, one }, number) => ({
        row: {
          id: 100 * id + number,
          campaignId: 'c1',
          turnId: id,
          number,
          seed: number,
          outcome: one === 'refused' || one === 'failed' ? one : 'drawn',
          reason: null,
          failure: null,
          imageHash: null,
          setting: setting === '' ? null : setting,
          createdAt: MOMENT,
        },
        image: undefined,
        verdicts:
          one === 'refused' || one === 'failed' ? [] : [verdictBy('pixels', one, 'evaluation image', number)],
      })),
    },
    COUNTING,
  );
}

function verdictBy(
  judge: string,
  verdict: JudgeVerdict,
  subject: VerdictSubject,
  number = 0,
): RecordedVerdict {
  return {
    subject,
    number,
    judge,
    revision: `${judge} 1`,
    verdict,
    score: null,
    label: null,
    found: null,
    error: null,
  };
}

function conversationOf(category: string, number: number): ConversationRow {
  const order = category.length;
  return {
    id: 1_000 * order + number,
    campaignId: 'c1',
    categoryOrder: order,
    category,
    number,
    seed: number,
    startPrompt: 'a pic of cat',
    status: 'done',
    failure: null,
    startedAt: null,
    finishedAt: null,
  };
}
