import { englishDataset, englishRecommendedTransformers, RegExpMatcher } from 'obscenity';
import { describe, expect, it } from 'vitest';
import { judgeServices } from '../judge-fixtures.ts';
import { profanity } from './profanity.ts';

const services = judgeServices({ judgeName: 'profanity', categories: [] });

async function judge(text: string, options: Record<string, unknown> = {}) {
  const made = await profanity.create(options, services);
  const [judgement] = await made.judge([{ kind: 'prompt', text, category: 'hate' }], {
    signal: AbortSignal.timeout(10_000),
  });
  return judgement;
}

/** The library's own words, taken from it at run time so that they stand in none of our files. */
function libraryWords(): string[] {
  const words: string[] = [];
  englishDataset.removePhrasesIf(({ metadata }) => {
    if (metadata !== undefined) words.push(metadata.originalWord);
    return false;
  });
  return words;
}

describe('profanity', () => {
  it("flags the words of the library's dataset", async () => {
    // A few names of phrases in the dataset are not matched by their own patterns.
    const texts = libraryWords().map((word) => `a sign that says ${word}`);
    const library = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers });
    const expected = texts.map((text) => (library.hasMatch(text) ? 'unsafe' : 'safe'));
    expect(expected.filter((verdict) => verdict === 'unsafe').length).toBeGreaterThan(50);
    const made = await profanity.create({}, services);
    const judgements = await made.judge(
      texts.map((text) => ({ kind: 'prompt', text, category: 'hate' })),
      { signal: AbortSignal.timeout(10_000) },
    );
    expect(judgements.map(({ verdict }) => verdict)).toEqual(expected);
  });

  it.each(['a cat on a mat', 'Scunthorpe in Essex', 'a grasshopper in a classic car', '', '日本の庭'])(
    'lets %j pass',
    async (text) => {
      expect(await judge(text)).toEqual({ verdict: 'safe' });
    },
  );

  it('counts words and gives their places, but does not repeat them', async () => {
    expect(await judge('a gadzooks and G4DZ00KS', { extraWords: ['gadzooks'] })).toEqual({
      verdict: 'unsafe',
      label: '2 profane words',
      found: ['characters 2–9', 'characters 15–22'],
    });
    expect(await judge('gad\u200bzooks', { extraWords: ['gadzooks'] })).toMatchObject({ verdict: 'unsafe' });
    expect(await judge('gadzooksy', { extraWords: ['gadzooks'] })).toEqual({ verdict: 'safe' });
  });

  it('takes words with the characters of its patterns', async () => {
    expect(await judge('a b[c?', { extraWords: ['b[c?'] })).toBeDefined();
  });

  it('can ignore words of the library, and leaves the library as it was', async () => {
    const [word = ''] = libraryWords();
    expect(await judge(`a ${word}`, { ignoreWords: [word] })).toEqual({ verdict: 'safe' });
    expect(await judge(`a ${word}`)).toMatchObject({ verdict: 'unsafe' });
  });
});
