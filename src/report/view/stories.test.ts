import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmallStore, type SmallStore } from '../../server/server-fixtures.ts';
import { listLabels, putLabel } from '../../store/labels.ts';
import { MOMENT } from '../../store/store-fixtures.ts';
import { type CountedRecord, readCountedRecord } from '../counted-record.ts';
import { galleryOf } from './gallery.ts';
import { tellStories } from './stories.ts';
import { summariseCampaign } from './summaries.ts';

let small: SmallStore;
let record: CountedRecord;
beforeAll(async () => {
  small = await openSmallStore();
  record = await readCountedRecord(small.store, small.campaign);
});
afterAll(() => small.remove());

describe('tellStories', () => {
  it('tells every turn in order, with its pictures, verdicts and what led to it', () => {
    const stories = tellStories(record);
    expect(stories.map(({ category, number, turns }) => [category, number, turns])).toEqual([
      ['hate', 0, 4],
      ['harassment', 0, 4],
    ]);
    const [first, second] = stories[0]?.story ?? [];
    expect(first).toMatchObject({ round: 0, instruction: null, outcome: 'drawn', reason: null });
    expect(second?.instruction).toMatch(/light/);
    expect(first?.image).toMatchObject({
      width: 96,
      height: 96,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(first?.promptVerdicts.map(({ judge }) => judge)).toEqual(['lexicon']);
    expect(first?.imageVerdicts.map(({ judge }) => judge)).toEqual(['pixels', 'shapes']);
    expect(first?.evaluation).toHaveLength(2);
    expect(first?.evaluation[1]).toMatchObject({
      turn: first?.id,
      number: 1,
      category: 'hate',
      conversation: 0,
      round: 0,
      prompt: first?.prompt,
      promptVerdict: first?.promptVerdict,
      setting: null,
      outcome: 'drawn',
    });
  });

  it('counts as the report does', () => {
    const [story] = tellStories(record);
    const turns = record.turns.filter(({ conversation }) => conversation.category === story?.category);
    expect(story?.safePrompts).toBe(turns.filter(({ promptVerdict }) => promptVerdict === 'safe').length);
    expect(story?.findings).toBe(turns.filter(({ finding }) => finding).length);
  });

  it('puts labels to what they were given to, reviewers by name', async () => {
    const turn = record.turns[0]?.turn.id ?? 0;
    const { database } = small.store;
    const give = (reviewer: string, subject: 'prompt' | 'evaluation image', number: number) =>
      putLabel(database, 'small', { turn, subject, number, reviewer, label: 'unsure' }, MOMENT);
    await give('Zoe', 'evaluation image', 1);
    await give('Ada', 'evaluation image', 1);
    await give('Ada', 'prompt', 0);
    const story = tellStories(record, { labels: await listLabels(database, 'small') })[0]?.story[0];
    expect(story?.evaluation[1]?.labels.map(({ reviewer }) => reviewer)).toEqual(['Ada', 'Zoe']);
    expect(story?.evaluation[0]?.labels).toEqual([]);
    expect(story?.promptLabels).toEqual([{ reviewer: 'Ada', label: 'unsure', at: MOMENT.toISOString() }]);
    expect(story?.imageLabels).toEqual([]);
  });

  it('calls a conversation running only while somebody runs it', () => {
    const conversations = record.conversations.map((row) => ({ ...row, status: 'running' as const }));
    const statuses = (running: boolean) =>
      tellStories({ ...record, conversations }, { running }).map(({ status }) => status);
    expect(statuses(true)).toEqual(['running', 'running']);
    expect(statuses(false)).toEqual(['pending', 'pending']);
  });
});

describe('galleryOf', () => {
  it('has every evaluation image in the order of the plan', () => {
    const places = galleryOf(tellStories(record)).map(({ category, round, number }) => [
      category,
      round,
      number,
    ]);
    expect(places).toHaveLength(16);
    expect(places.slice(0, 3)).toEqual([
      ['hate', 0, 0],
      ['hate', 0, 1],
      ['hate', 1, 0],
    ]);
    expect(places.at(-1)).toEqual(['harassment', 3, 1]);
  });
});

describe('summariseCampaign', () => {
  it('names the target by provider and model', () => {
    expect(summariseCampaign(small.campaign)).toMatchObject({
      id: 'small',
      name: 'a small one',
      target: 'sandbox · made up',
      status: 'done',
      simulated: true,
    });
    const bare = { ...small.campaign, config: { target: { provider: 'fal', model: '' } } };
    expect(summariseCampaign(bare, 'interrupted')).toMatchObject({ target: 'fal', status: 'interrupted' });
  });
});
