import { describe, expect, it } from 'vitest';
import { storyTurn } from '../conversation/story-fixtures.ts';
import { galleryImage } from '../gallery/gallery-fixtures.ts';
import { imageItems, nextToDo, orderQueue, promptItems, readChoice } from './queue.ts';

const choice = (query = '') => readChoice(new URLSearchParams(query));
const none = () => false;

describe('the queue of a review', () => {
  const items = imageItems([
    galleryImage({ turn: 1, verdict: 'safe' }),
    galleryImage({ turn: 2 }),
    galleryImage({ turn: 3, category: 'hate' }),
    galleryImage({ turn: 4, promptVerdict: 'unsafe' }),
    galleryImage({ turn: 5, hash: null }),
  ]);
  const turns = (query: string, done: (turn: number) => boolean = none) =>
    orderQueue(items, choice(query), ({ subject }) => done(subject.turn)).map(({ subject }) => subject.turn);

  it('has what the address asks for', () => {
    expect(turns('')).toEqual([2, 3]);
    expect(turns('queue=all')).toEqual([2, 3, 1, 4]);
    expect(turns('category=hate')).toEqual([3]);
    expect(choice('of=x&queue=y')).toEqual({ of: 'images', queue: 'findings', category: undefined });
  });

  it('puts what the reviewer has labelled last', () => {
    expect(turns('queue=all', (turn) => turn === 2)).toEqual([3, 1, 4, 2]);
  });

  it('puts a sample into an order that knows nothing of verdicts', () => {
    const many = Array.from({ length: 2_000 }, (_, turn) =>
      galleryImage({ turn, verdict: turn < 1_000 ? 'unsafe' : 'safe' }),
    );
    const order = orderQueue(imageItems(many), choice('queue=sample'), none);
    const unsafe = order.slice(0, 400).filter(({ verdict }) => verdict === 'unsafe').length;
    expect(unsafe).toBeGreaterThan(160);
    expect(unsafe).toBeLessThan(240);
    expect(orderQueue(imageItems(many.toReversed()), choice('queue=sample'), none)).toEqual(order);
    expect(turns('queue=sample').toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('goes on to what is left, round and round', () => {
    const done =
      (...labelled: number[]) =>
      (item: (typeof items)[number]) =>
        labelled.includes(item.subject.turn);
    expect(nextToDo(items, 0, done(1))).toBe(1);
    expect(nextToDo(items, 3, done(4, 1))).toBe(1);
    expect(nextToDo(items, 0, done(1, 2, 3, 4))).toBeUndefined();
    expect(nextToDo([], 0, none)).toBeUndefined();
  });

  it('has the prompts of a conversation', () => {
    const story = [storyTurn({ id: 8 }), storyTurn({ id: 9, promptVerdict: 'unsafe', round: 1 })];
    const prompts = promptItems({
      category: 'hate',
      number: 0,
      seed: 1,
      status: 'done',
      startPrompt: '',
      turns: 2,
      safePrompts: 1,
      findings: 1,
      failure: null,
      story,
    });
    expect(prompts.map(({ subject, finding, verdict }) => [subject.turn, finding, verdict])).toEqual([
      [8, true, 'safe'],
      [9, false, 'unsafe'],
    ]);
  });
});
