import sharp from 'sharp';
import { findCampaign, insertCampaign, setConversationStatus } from '../../src/store/campaigns.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import { insertEvaluationImage } from '../../src/store/evaluation.ts';
import { putLabel } from '../../src/store/labels.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { CampaignRow, ConversationRow, NewImage, NewVerdict } from '../../src/store/schema.ts';
import { storableText } from '../../src/store/storable.ts';
import { insertTurn } from '../../src/store/turns.ts';
import { HOSTILE_STRINGS } from './hostile-strings.ts';

const MOMENT = Date.UTC(2026, 10, 23, 12);
/** Names have something in them, as a configuration demands it. */
const NAMES = HOSTILE_STRINGS.map(({ text }) => storableText(text)).filter((text) => text.trim() !== '');

/** A hostile string; they come round again. */
const hostile = (place: number): string => HOSTILE_STRINGS[place % HOSTILE_STRINGS.length]?.text ?? '';
const hostileName = (place: number): string => NAMES[place % NAMES.length] ?? '';

/** One of each kind, by the beginning of what it tries; also what a path or an object could stumble over. */
export const HOSTILE_CATEGORIES: readonly string[] = [
  '<script>window.injected=1</script>',
  '"><img src=x onerror=window.injected=1>',
  "' onfocus='window.injected=1' autofocus='",
  '</script><script>window.injected=1</script>',
  'javascript:window.injected=1',
  '[a](javascript:window.injected=1)',
  '__proto__',
  'constructor',
  '../../etc',
  '..',
  '.',
  'a/b?c#d%2e&e=f',
  '=1+1',
  '| a | b |\n|---|---|',
  'a picture \u202egnp.elbmarh',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\\input{x} $\\alpha$ 100% #1 ~^_&',
  '{{constructor.constructor(1)()}}',
];

const PROMPT_JUDGES = ['<img src=x onerror=window.injected=1>', '__proto__', '=1+1'];
const IMAGE_JUDGES = ['</script><script>window.injected=1</script>', '\u001b[31mred\u202e', '| a | b |'];

const REVIEWERS = ['<svg onload=window.injected=1>', '@SUM(1,1)'];

/**
 * Stores a campaign in which every text that comes from outside is hostile: each string of the corpus stands as a
 * prompt, an instruction, a judge's label, a found word, an error's message and a reviewer's name.
 *
 * @param id of the campaign, which ART makes itself: the one text that is not hostile
 * @param shift where in the corpus it begins, so that two campaigns differ
 */
export async function storeHostileCampaign(
  store: Store,
  { id, shift = 0 }: { readonly id: string; readonly shift?: number },
): Promise<CampaignRow> {
  const { database } = store;
  const name = `${hostileName(shift)} ${id}`;
  const rounds = Math.ceil(HOSTILE_STRINGS.length / HOSTILE_CATEGORIES.length) - 1;
  const model = { provider: hostileName(shift + 1), model: hostileName(shift + 2), baseURL: hostileName(40) };
  const conversations = await insertCampaign(
    database,
    {
      id,
      name,
      status: 'done',
      strategy: hostileName(shift + 3),
      seed: 1,
      rounds,
      imagesPerPrompt: 1,
      config: {
        name,
        target: {
          ...model,
          size: hostileName(shift + 4),
          guidance: 7.5,
          negativePrompt: hostileName(shift + 5),
        },
        writer: model,
        guide: model,
        judges: { prompt: PROMPT_JUDGES, image: IMAGE_JUDGES, verdict: 'any' },
        categories: HOSTILE_CATEGORIES,
        rounds,
        imagesPerPrompt: 1,
      },
      configHash: id,
      configFile: hostileName(shift + 6),
      artVersion: '0.1.0',
      simulated: false,
      createdAt: new Date(MOMENT + shift),
      finishedAt: new Date(MOMENT + 60_000),
    },
    HOSTILE_CATEGORIES.map((category, categoryOrder) => ({
      categoryOrder,
      category,
      number: 0,
      seed: categoryOrder,
      startPrompt: hostile(shift + categoryOrder),
    })),
  );
  const pictures = await storePictures(store);
  for (const [order, conversation] of conversations.entries()) {
    for (let round = 0; round <= rounds; round++) {
      await storeHostileTurn(store, conversation, {
        round,
        place: shift + order * (rounds + 1) + round,
        picture: pictures[(order + round) % pictures.length] ?? pictures[0],
      });
    }
    const failed = order % 6 === 5;
    await setConversationStatus(database, conversation.id, {
      status: failed ? 'failed' : 'done',
      ...(failed
        ? { failure: { code: 'FAILED', message: hostile(order * 5), hint: hostileName(order) } }
        : {}),
    });
  }
  const campaign = await findCampaign(database, id);
  if (campaign === undefined) throw new Error(`the campaign ${id} was not stored`);
  return campaign;
}

/** A turn whose every text is another string: most are findings, some are refused or fail. */
async function storeHostileTurn(
  { database }: Store,
  { id, campaignId }: ConversationRow,
  { round, place, picture }: { readonly round: number; readonly place: number; readonly picture: NewImage },
): Promise<void> {
  const now = new Date(MOMENT + place * 1_000);
  const refused = place % 11 === 10;
  const said = (
    subject: NewVerdict['subject'],
    judge: string,
    verdict: NewVerdict['verdict'],
    nth: number,
  ): NewVerdict => ({
    subject,
    number: 0,
    judge,
    revision: hostileName(nth),
    verdict,
    score: verdict === 'error' ? null : 0.5,
    label: hostile(place + nth),
    found: [hostile(place + nth + 1), hostile(place + nth + 2)],
    error: verdict === 'error' ? { code: 'FAILED', message: hostile(place + nth + 3) } : null,
  });
  const onImage = (subject: NewVerdict['subject']) =>
    IMAGE_JUDGES.map((judge, nth) =>
      said(subject, judge, nth === 0 ? 'unsafe' : nth === 1 ? 'error' : 'safe', nth),
    );
  const turn = await insertTurn(database, {
    turn: {
      campaignId,
      conversationId: id,
      round,
      prompt: hostile(place),
      instruction: round === 0 ? null : hostile(place + 1),
      tree:
        round === 0
          ? null
          : {
              text: hostile(place + 1),
              times: 1,
              shown: false,
              parts: [{ text: hostile(place + 2), times: 1, shown: true, parts: [] }],
            },
      seed: place,
      outcome: refused ? 'refused' : 'drawn',
      reason: refused ? hostile(place + 2) : null,
      evaluationImages: refused ? 0 : 1,
      createdAt: now,
    },
    image: refused ? undefined : picture,
    verdicts: [
      ...PROMPT_JUDGES.map((judge, nth) =>
        said('prompt', judge, nth === 2 && place % 5 === 0 ? 'error' : 'safe', nth + 3),
      ),
      ...(refused ? [] : onImage('turn image')),
    ],
    requests: [],
  });
  const label = (subject: NewVerdict['subject'], reviewer: string, nth: number) =>
    putLabel(
      database,
      campaignId,
      { turn: turn.id, subject, number: 0, reviewer, label: nth % 2 === 0 ? 'safe' : 'unsafe' },
      now,
    );
  await label('prompt', hostileName(place), place);
  if (refused) return;
  const failed = place % 13 === 12;
  await insertEvaluationImage(database, {
    turn,
    row: {
      number: 0,
      seed: place,
      outcome: failed ? 'failed' : 'drawn',
      reason: failed ? hostile(place + 4) : null,
      failure: failed ? { code: 'FAILED', message: hostile(place + 5), hint: hostile(place + 6) } : null,
      createdAt: now,
    },
    image: failed ? undefined : picture,
    verdicts: failed ? [] : onImage('evaluation image'),
    requests: [],
  });
  // Two who label much, so that there is an agreement to show.
  if (!failed) for (const reviewer of REVIEWERS) await label('evaluation image', reviewer, place);
}

/** A few pictures, each of one colour. */
async function storePictures({ images }: Store): Promise<readonly [NewImage, ...NewImage[]]> {
  const [first, ...rest] = await Promise.all(
    ['#b0604a', '#4a7ab0', '#5d9a61'].map(async (background): Promise<NewImage> => {
      const bytes = await sharp({ create: { width: 48, height: 48, channels: 3, background } })
        .png()
        .toBuffer();
      const row = {
        hash: contentHash(bytes),
        mediaType: 'image/png',
        width: 48,
        height: 48,
        byteLength: bytes.length,
      };
      await images.put(row, bytes);
      return row;
    }),
  );
  if (first === undefined) throw new Error('no picture was made');
  return [first, ...rest];
}
