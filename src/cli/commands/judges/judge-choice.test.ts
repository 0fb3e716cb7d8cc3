import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { chooseJudges, collectJudge, definitionsOf, parseJudge } from './judge-choice.ts';

describe('parseJudge', () => {
  it('takes names and JSON objects, one after the other', () => {
    const chosen = collectJudge('{"name":"mine","model":"org/x"}', collectJudge('lexicon'));
    expect(chosen).toEqual(['lexicon', { name: 'mine', model: 'org/x' }]);
  });

  it.each(['{"name":', '{"model":"org/x"}', '{"name":7}', '{"name":"a","apiKey":"abc"}'])(
    'refuses %s',
    (word) => {
      expect(() => parseJudge(word)).toThrow(InvalidArgumentError);
    },
  );
});

describe('chooseJudges', () => {
  it('begins with those that need no download', async () => {
    expect(await chooseJudges({}, 'prompt')).toMatchObject({ prompt: ['lexicon', 'profanity'], image: [] });
    expect(await chooseJudges({}, 'image')).toMatchObject({ prompt: [], image: ['nsfwjs'] });
  });

  it('puts a judge where it is known, where nobody says what it judges', async () => {
    const choice = await chooseJudges({ judge: ['lexicon', 'nsfwjs', 'rubric', 'nobody'] }, undefined);
    expect(choice.prompt).toEqual(['lexicon', 'rubric', 'nobody']);
    expect(choice.image).toEqual(['nsfwjs', 'rubric']);
    expect(choice.rule('prompt')).toBe('any');
  });
});

describe('definitionsOf', () => {
  it.each([
    ['lexicon', ['lexicon']],
    [{ name: 'td', model: 'org/x' }, ['td']],
    [{ name: 'mine', type: 'q16' }, ['q16']],
    [{ name: 'mine', model: 'org/x' }, ['text-classifier', 'image-classifier']],
    ['nobody', []],
  ])('knows what %j means', (entry, names) => {
    expect(definitionsOf(entry).map(({ name }) => name)).toEqual(names);
  });
});
