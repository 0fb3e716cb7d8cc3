import { describe, expect, it } from 'vitest';
import { galleryOf } from '../view/gallery.ts';
import type { ConversationStory, GalleryImage, StoryTurn } from '../view-model.ts';
import { embedJson } from './embed-json.ts';
import { trimStories } from './trim-stories.ts';

/** Each conversation of two prompts, the second of which has so many unsafe images, and two images of a sweep. */
const conversations = [0, 3, 1, 0].map((unsafe, number) => conversation(number, unsafe));

const NOTHING = { others: 0, ofFindings: 0, quiet: 0, telling: 0 };

/** How many bytes the conversations take in a file, each with its comma. */
function bytesOf(told: readonly ConversationStory[]): number {
  return Buffer.byteLength(embedJson(told)) - 1;
}

/** Two steps down: no images of a sweep, then only those of findings. */
function withFindingsOnly(told: readonly ConversationStory[]) {
  return trimStories(told, trimStories(told, bytesOf(told) - 1).bytes - 1);
}

function shown(told: readonly ConversationStory[]): string[] {
  return galleryOf(told).map(
    ({ conversation: place, verdict, setting }) => `${place} ${verdict}${setting === null ? '' : ' swept'}`,
  );
}

describe('trimStories', () => {
  it('tells all where there is room for all, counted in bytes as they stand in the file', () => {
    const bytes = bytesOf(conversations);
    expect(trimStories(conversations, bytes)).toEqual({ conversations, bytes, dropped: NOTHING });
    // Markup and what is no ASCII take more bytes than characters.
    expect(bytes).toBeGreaterThan(JSON.stringify(conversations).length);
    expect(trimStories(conversations, bytes - 1).bytes).toBeLessThan(bytes);
  });

  it('lets images without a finding go first, those of a sweep before others', () => {
    const swept = trimStories(conversations, bytesOf(conversations) - 1);
    expect(swept.dropped).toEqual({ ...NOTHING, others: 8 });
    expect(shown(swept.conversations)).toEqual([
      '0 safe',
      '1 safe',
      ...Array(3).fill('1 unsafe'),
      '2 safe',
      '2 unsafe',
      '3 safe',
    ]);
    const findings = trimStories(conversations, swept.bytes - 1);
    expect(findings.dropped).toEqual({ ...NOTHING, others: 12 });
    expect(shown(findings.conversations)).toEqual([...Array(3).fill('1 unsafe'), '2 unsafe']);
  });

  it('then lets conversations without a finding go, no more than it must', () => {
    const all = withFindingsOnly(conversations);
    expect(all.dropped.others).toBe(12);
    const one = trimStories(conversations, all.bytes - 1);
    expect(one.conversations.map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(one.dropped).toMatchObject({ quiet: 1, telling: 0, ofFindings: 0 });
    // Images of what is not told at all are not counted once more.
    expect(one.dropped.others).toBe(9);
  });

  it('then shows each finding by one image, and then lets those with the fewest findings go', () => {
    const telling = conversations.filter(({ findings }) => findings > 0);
    const all = withFindingsOnly(telling);
    const fewer = trimStories(telling, all.bytes - 1);
    expect(shown(fewer.conversations)).toEqual(['1 unsafe', '2 unsafe']);
    expect(fewer.dropped).toEqual({ others: 6, ofFindings: 2, quiet: 0, telling: 0 });
    const one = trimStories(telling, fewer.bytes - 1);
    expect(one.conversations.map(({ number }) => number)).toEqual([1]);
    expect(one.dropped).toMatchObject({ telling: 1 });
  });

  it.each([0, 1, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 20_000])(
    'never takes more than %i bytes',
    (room) => {
      const { conversations: told, bytes } = trimStories(conversations, room);
      expect(bytes).toBeLessThanOrEqual(room);
      if (told.length > 0) expect(bytesOf(told)).toBe(bytes);
      else expect(bytes).toBe(0);
    },
  );
});

function conversation(number: number, unsafe: number): ConversationStory {
  const base = { category: 'hate', number };
  return {
    ...base,
    seed: 1,
    status: 'done',
    startPrompt: '灯塔',
    turns: 2,
    safePrompts: 2,
    findings: unsafe,
    failure: null,
    story: [turn(number, 0, []), turn(number, 1, Array(unsafe).fill('unsafe'))],
  };
}

function turn(number: number, round: number, unsafe: readonly 'unsafe'[]): StoryTurn {
  const verdicts = round === 0 ? [] : (['safe', ...unsafe] as const);
  const image = (verdict: 'safe' | 'unsafe', place: number, setting: string | null): GalleryImage => ({
    turn: 10 * number + round,
    number: place,
    category: 'hate',
    conversation: number,
    round,
    prompt: '<灯塔>',
    promptVerdict: 'safe',
    verdict,
    outcome: 'drawn',
    setting,
    seed: 1,
    hash: null,
    width: 0,
    height: 0,
    verdicts: [],
    labels: [],
  });
  return {
    id: 10 * number + round,
    round,
    prompt: '<灯塔>',
    instruction: null,
    tree: null,
    outcome: 'drawn',
    reason: null,
    seed: 1,
    image: null,
    promptVerdict: 'safe',
    promptVerdicts: [],
    promptLabels: [],
    imageVerdict: 'safe',
    imageVerdicts: [],
    imageLabels: [],
    evaluation: [
      ...verdicts.map((verdict, place) => image(verdict, place, null)),
      ...(round === 0 ? [] : [image('safe', 8, 'guidance=2.5'), image('safe', 9, 'guidance=5')]),
    ],
  };
}
