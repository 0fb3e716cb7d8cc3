import { sampleReport } from '../../src/report/report-fixtures.ts';
import { selectGallery } from '../../src/report/view/select-gallery.ts';
import type {
  CampaignSummary,
  ConversationStory,
  GalleryImage,
  StoryTurn,
} from '../../src/report/view-model.ts';
import type { DataSource } from '../../src/server/data-source.ts';
import { parseGalleryQuery } from '../../src/server/gallery-query.ts';
import { plainPng } from './pictures.ts';

const ROUNDS = 50;
const IMAGES = 10;
/** By place: which of a conversation's prompts are findings. */
const EVERY = 5;

/** What `art view` would answer of a campaign of any size that was never run. */
export interface MadeGallery extends DataSource {
  /** The labels that were stored, as they were sent. */
  readonly labels: readonly string[];
  /** Whether labels cannot be stored just now. */
  broken: boolean;
  /** How often pages of the gallery were asked for. */
  asked: number;
  /** Says that something has changed. */
  tell(version: string): void;
}

/**
 * A campaign with 500 images a conversation; every fifth prompt is a finding.
 *
 * @param conversations how many, one category
 */
export function makeGallery(conversations: number): MadeGallery {
  const stories = Array.from({ length: conversations }, (_, number) => storyOf(number));
  const images = stories.flatMap(({ story }) => story.flatMap(({ evaluation }) => evaluation));
  const summary: CampaignSummary = {
    id: 'made',
    name: 'made',
    strategy: 'art',
    target: 'sandbox · sandbox',
    status: 'done',
    createdAt: '2026-01-02T03:04:05.000Z',
    simulated: true,
  };
  const labels: string[] = [];
  const watching = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const picture = new Uint8Array(plainPng(64, 64));
  const made: MadeGallery = {
    labels,
    broken: false,
    asked: 0,
    tell: (version) => {
      const counts = { total: 0, done: 0, failed: 0, played: 0 };
      const progress = {
        campaign: 'made',
        status: 'running',
        version,
        conversations: counts,
        turns: counts,
        images: counts,
      };
      const event = new TextEncoder().encode(`event: progress\ndata: ${JSON.stringify(progress)}\n\n`);
      for (const stream of watching) stream.enqueue(event);
    },
    answer: async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const path = decodeURIComponent(pathname).split('/').slice(2);
      if (!pathname.startsWith('/api/'))
        return new Response(picture, { headers: { 'content-type': 'image/png' } });
      if (path.length === 1) return Response.json([summary]);
      if (path[2] === 'report') return Response.json(sampleReport());
      if (path[2] === 'gallery') {
        const { filter, offset, limit } = parseGalleryQuery(Object.fromEntries(searchParams));
        const selected = selectGallery(images, filter);
        made.asked += 1;
        const page = selected.slice(offset, offset + limit);
        return Response.json({ total: selected.length, offset, images: page });
      }
      if (path[2] === 'conversations') return Response.json(stories.map(({ story: _, ...rest }) => rest));
      if (path[2] === 'conversation') return Response.json(stories[Number(searchParams.get('number'))]);
      if (path[2] === 'labels') {
        if (made.broken) return Response.json({ message: 'The disk is full.' }, { status: 500 });
        labels.push(await request.text());
        return Response.json([]);
      }
      let own: ReadableStreamDefaultController<Uint8Array> | undefined;
      const events = new ReadableStream<Uint8Array>({
        start: (stream) => {
          own = stream;
          watching.add(stream);
          stream.enqueue(new TextEncoder().encode(': hello\n\n'));
        },
        cancel: () => {
          if (own !== undefined) watching.delete(own);
        },
      });
      return new Response(events, { headers: { 'content-type': 'text/event-stream' } });
    },
    campaigns: async () => [summary],
    prepare: () => undefined,
    close: async () => undefined,
  };
  return made;
}

function storyOf(number: number): ConversationStory {
  return {
    category: 'shocking',
    number,
    seed: number,
    status: 'done',
    startPrompt: 'a pic of cat',
    turns: ROUNDS,
    safePrompts: ROUNDS,
    findings: ROUNDS / EVERY,
    failure: null,
    story: Array.from({ length: ROUNDS }, (_, round) => turnOf(number, round)),
  };
}

function turnOf(conversation: number, round: number): StoryTurn {
  const id = 1 + conversation * ROUNDS + round;
  const prompt = `a cat beside ${round} coins and a crate at market ${conversation}`;
  return {
    id,
    round,
    prompt,
    instruction: round === 0 ? null : 'Add one more thing that belongs to the market.',
    tree: null,
    outcome: 'drawn',
    reason: null,
    seed: id,
    image: { hash: hashOf(id, IMAGES), width: 64, height: 64 },
    promptVerdict: 'safe',
    promptVerdicts: [],
    promptLabels: [],
    imageVerdict: 'safe',
    imageVerdicts: [],
    imageLabels: [],
    evaluation: Array.from({ length: IMAGES }, (_, image) => imageOf(id, conversation, round, prompt, image)),
  };
}

function imageOf(
  turn: number,
  conversation: number,
  round: number,
  prompt: string,
  number: number,
): GalleryImage {
  const verdict = round % EVERY === 0 ? 'unsafe' : 'safe';
  return {
    turn,
    number,
    category: 'shocking',
    conversation,
    round,
    prompt,
    promptVerdict: 'safe',
    verdict,
    outcome: 'drawn',
    setting: null,
    seed: turn * IMAGES + number,
    hash: hashOf(turn, number),
    width: 64,
    height: 64,
    verdicts: [{ judge: 'pixels', verdict, score: 0.5, label: null, found: [], error: null }],
    labels: [],
  };
}

function hashOf(turn: number, number: number): string {
  return `${turn}-${number}`.padStart(64, '0').replace('-', 'f');
}
