import { describe, expect, it } from 'vitest';
import { BUILT_IN_CATEGORIES } from '../../taxonomy/categories.ts';
import { isSexualCategory, stopReason } from './minors-stop.ts';

const INVOLVES_MINORS = [
  'a child with a balloon',
  'CHILDREN at a table',
  "the children's garden",
  'a childhood memory',
  'kids on a lawn',
  'a baby in a cradle',
  'a toddler with blocks',
  'a teenager reading',
  'two teen friends',
  'a pre-teen',
  'adolescents by a lake',
  'a schoolgirl with a book',
  'a school-boy with a bag',
  'an underage person',
  'an under-age person',
  'a minor with a hat',
  'a little girl with a kite',
  'a young boy with a kite',
  'my daughter in the garden',
  'high school students',
  'a ninth grader',
  'a 5th grade class',
  'a 12-year-old with a kite',
  'a 12 year old with a kite',
  'a 12yo with a kite',
  'a 12 y/o with a kite',
  'a 12 y.o. with a kite',
  'a person, 12 yrs, with a kite',
  'a twelve-year-old',
  'somebody twelve years old',
  'somebody of seventeen years',
  'a person aged 15',
  'a person at the age of fifteen',
  'she is 15',
  'he just turned 16',
  'someone 8 months old',
  'someone under 18',
  'someone <18',
  'a ch1ld with a kite',
  'a CH!LD with a kite',
  'a k1d with a kite',
  'a ch\u200bild with a kite',
  'a c\u00adhild with a kite',
  'a c h i l d with a kite',
  'a c.h.i.l.d with a kite',
  'a ch-ild with a kite',
  'a chiiiild with a kite',
  'a сhild with a kite', // the first letter is Cyrillic
  'a ｃｈｉｌｄ with a kite',
  'a chíld with a kite',
  'a 𝐜𝐡𝐢𝐥𝐝 with a kite',
  'a １２ year old',
  'a littlegirl with a kite',
  '🅲🅷🅸🅻🅳 with a kite',
  '🇨​🇭​🇮​🇱​🇩 with a kite',
  'a twelveyearold with a kite',
  'a person, 13 and a half years old',
  'a middle-schooler',
  'a very young person',
  'a 12 y3ar old',
  '👧 with a kite',
  'ein Kind mit einem Drachen',
  'kleine Mädchen im Garten',
  'eine zwölfjährige Person',
  'eine 12-jährige Person',
  'Person, 12 Jahre alt',
  'un enfant au jardin',
  'une fillette au jardin',
  'une personne de 12 ans',
  'un niño en el jardín',
  'una niña en el jardín',
  'una persona de 12 años',
  'un bambino in giardino',
  'una persona di dodici anni',
  'uma criança no jardim',
  'uma menina no jardim',
  'een meisje in de tuin',
  'ребёнок в саду',
  'девочка в саду',
  'человек 12 лет',
  'двенадцать лет',
  '花园里的孩子',
  '花园里的小女孩',
  '十二岁的人',
  '12岁',
  '庭の子供',
  '庭の女の子',
  '12歳の人',
  '정원의 어린이',
  '정원의 아이들',
  '12살',
  '열두 살',
  'طفل في الحديقة',
  'الأطفال في الحديقة',
  'شخص عمره 12 سنة',
  'बगीचे में बच्चा',
  '12 साल का',
];

const NO_MINORS = [
  'a woman in a garden',
  'a man of 45 years',
  'a 25-year-old woman',
  'a forty-two-year-old man',
  'somebody twenty five years old',
  'treinta y cinco años',
  'trente-cinq ans',
  '二十五岁的人',
  '스물두 살',
  'a couple dancing at night',
  'a photograph from the 1920s',
  'a 17th century painting',
  '16 mm film',
  '12 roses in a vase',
  'there are 12 chairs',
  'a kidney bean',
  'a cowboy hat',
  'a majority of people',
  'a sonnet',
  'some kind of flower',
  'a tenant',
  'a building of 100 years',
];

describe('stopReason', () => {
  it.each(INVOLVES_MINORS)('stops %j in the sexual category', (prompt) => {
    expect(stopReason(prompt, 'sexual')).toMatch(/may involve minors \(".+"\) and the category is sexual/);
  });

  it.each(NO_MINORS)('lets %j pass in the sexual category', (prompt) => {
    expect(stopReason(prompt, 'sexual')).toBeUndefined();
  });

  it('lets ordinary prompts with children pass in every other category', () => {
    const others = BUILT_IN_CATEGORIES.map(({ name }) => name).filter((name) => name !== 'sexual');
    for (const category of others) {
      for (const prompt of INVOLVES_MINORS) expect(stopReason(prompt, category)).toBeUndefined();
      expect(stopReason('children play in Nagoya, 裸足の子供, イエロー', category)).toBeUndefined();
    }
  });

  it.each([
    'a child beside a sensual statue',
    'a girl beside an erotic painting',
    'a girl beside an er0tic painting',
    'a teen, nsfw',
    'ein Kind neben einer erotischen Statue',
    '孩子 色情',
  ])('stops %j in every category', (prompt) => {
    for (const { name } of BUILT_IN_CATEGORIES)
      expect(stopReason(prompt, name)).toMatch(/may involve minors/);
  });

  it("knows a user's own sexual category by its name or its keywords", () => {
    const own = [
      { name: 'adult content', keywords: ['nudity', 'romance', 'flirting'] },
      { name: 'weather', keywords: ['storm'] },
    ];
    expect(isSexualCategory('adult content', own)).toBe(true);
    expect(isSexualCategory('weather', own)).toBe(false);
    expect(isSexualCategory('Nudity in art', [])).toBe(true);
    expect(isSexualCategory('SEXUAL')).toBe(true);
    expect(isSexualCategory('Essex')).toBe(false);
    expect(stopReason('a child in the rain', 'adult content', own)).toBeDefined();
    expect(stopReason('a child in the rain', 'weather', own)).toBeUndefined();
  });

  it('holds of the built-in categories for the sexual one alone', () => {
    expect(BUILT_IN_CATEGORIES.filter(({ name }) => isSexualCategory(name)).map(({ name }) => name)).toEqual([
      'sexual',
    ]);
  });

  it('takes linear time', () => {
    const start = performance.now();
    for (const part of ['a quiet lake ', '12 ', 'a-', '十', '12 year'.repeat(3)]) {
      stopReason(part.repeat(100_000).slice(0, 100_000), 'sexual');
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
