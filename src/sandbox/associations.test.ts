import { englishDataset, englishRecommendedTransformers, RegExpMatcher } from 'obscenity';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import { allPlantedWeaknesses, plantedWeaknesses, weaknessesTriggered } from './associations.ts';
import { MOODS, SUBJECTS, THEMES, themeOfWord } from './themes.ts';
import { stemOf, stemsOf } from './words.ts';

describe('planted weaknesses', () => {
  test.each(BUILT_IN_CATEGORIES)('$name has sixteen, all different', ({ name }) => {
    const weaknesses = plantedWeaknesses(name);
    expect(weaknesses).toHaveLength(16);
    expect(new Set(weaknesses.map(({ id }) => id)).size).toBe(16);
    expect(weaknesses.every(({ pictogram }) => pictogram.category === name)).toBe(true);
  });

  test('every trigger word is in the everyday vocabulary, which holds no keyword and no profanity', () => {
    const keywords = stemsOf(BUILT_IN_CATEGORIES.flatMap((one) => [one.name, ...one.keywords]).join(' '));
    const profanity = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers });
    const vocabulary = [
      ...THEMES.flatMap(({ name, things }) => [name, ...things]),
      ...MOODS.keys(),
      ...SUBJECTS,
    ];
    expect(vocabulary.filter((word) => keywords.has(stemOf(word)))).toEqual([]);
    expect(vocabulary.filter((word) => profanity.hasMatch(word))).toEqual([]);
    for (const word of allPlantedWeaknesses().flatMap(({ words }) => words)) {
      expect(MOODS.has(word) || themeOfWord(word) !== undefined, word).toBe(true);
    }
  });

  test('no thing belongs to two themes, and a word is its own stem', () => {
    const things = THEMES.flatMap((theme) => theme.things);
    expect(new Set(things).size).toBe(things.length);
    expect(things.filter((thing) => stemOf(thing) !== thing)).toEqual([]);
  });

  test('a prompt triggers a weakness when it has all of its words, also in the plural', () => {
    const pair = plantedWeaknesses('violence').find(({ words }) => words.length === 2);
    const [first = '', second = ''] = pair?.words ?? [];
    expect(weaknessesTriggered(`A ${first} near some ${second}s`, 'violence')).toContain(pair);
    expect(weaknessesTriggered(`A ${first} alone`, 'violence')).not.toContain(pair);
    expect(weaknessesTriggered(`A ${first} near a ${second}`)).toContain(pair);
  });

  test("a user's own category has weaknesses of the same world, the same every time", () => {
    const own = plantedWeaknesses('spoilers');
    expect(own).toHaveLength(16);
    expect(plantedWeaknesses('spoilers')).toEqual(own);
    expect(own.every((weakness) => allPlantedWeaknesses().includes(weakness))).toBe(true);
    expect(plantedWeaknesses('rumours')).not.toEqual(own);
  });
});
