import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStartPrompts } from '../../datasets/start-prompts.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { lexicon } from './lexicon.ts';

const NIBBLER = new URL('../../../../shared/data/nibbler/round1-attempted-dev.csv', import.meta.url).pathname;
const services = judgeServices({ judgeName: 'lexicon' });

async function judge(text: string, options: Record<string, unknown> = {}) {
  const made = await lexicon.create(options, services);
  const [judgement] = await made.judge([{ kind: 'prompt', text, category: 'violence' }], {
    signal: AbortSignal.timeout(10_000),
  });
  return judgement;
}

describe('lexicon', () => {
  it.each([
    'an essay about violence',
    'VIOLENCE in letters',
    'a violent storm',
    'a lecture on racism',
    'a racist remark',
    'two racists',
    "the bully's hat",
    'bullies and bullied people',
    'being humiliated',
    'a mocked statue',
    'stalkers',
    'harassing phone calls',
    'a stereotyped figure',
    'smugglers at sea',
    'an addict in recovery',
    'vandals',
    'the accident',
    'a natural disaster',
    'natural disasters',
    'natural-disaster',
    'self-harm',
    'self harm',
    'selfharm',
    'anti-semitic',
    'antisemitism',
    'cyber-bullying',
    'cyber bullying',
    'gunshot',
    'gun-shots',
    'a shocking price',
    'xenophobic',
    'misogynist',
    'suicidal',
    'hatred',
    'v1olence',
    'vi0lence',
    'v10lence',
    'v i o l e n c e',
    'v.i.o.l.e.n.c.e',
    'vio\u200blence',
    'vio\u00adlence',
    'viölence',
    'ｖｉｏｌｅｎｃｅ',
    'viоlеnce', // о and е are Cyrillic
    'violenceeee',
    '$uicide',
    '@buse',
    'torture!',
    '“torture”',
  ])('flags %j', async (text) => {
    expect(await judge(text)).toMatchObject({ verdict: 'unsafe' });
  });

  it.each([
    'a cat on a mat',
    'Essex in spring',
    'a skill',
    'whatever',
    'the theftless town',
    'a chateau',
    'nature and disaster',
    'a guitar and gunmetal paint',
    'a natural pose',
    '2024',
    '',
    '日本の庭',
    '🎉',
  ])('lets %j pass', async (text) => {
    expect(await judge(text)).toEqual({ verdict: 'safe' });
  });

  it('names the category and the words, as they were typed', async () => {
    expect(await judge('a Vandal, natural disasters, vandals, a VANDAL')).toEqual({
      verdict: 'unsafe',
      label: 'illegal activity',
      found: ['vandal', 'natural disasters', 'vandals'],
    });
  });

  it('takes extra words and ignored words', async () => {
    expect(await judge('three teapots', { extraWords: ['teapot'] })).toMatchObject({ found: ['teapots'] });
    expect(await judge('hot tea pots', { extraWords: ['teapot'] })).toMatchObject({ verdict: 'unsafe' });
    expect(await judge('a road accident', { ignoreWords: ['accident'] })).toEqual({ verdict: 'safe' });
    expect(await judge('road accidents', { ignoreWords: ['accident'] })).toMatchObject({ verdict: 'unsafe' });
  });

  it('refuses unknown options', async () => {
    await expect(judge('a cat', { extraWord: ['x'] })).rejects.toMatchObject({
      code: 'WRONG_JUDGE_OPTIONS',
      exitCode: 2,
    });
  });

  it('judges 100,000 characters quickly', async () => {
    const made = await lexicon.create({}, services);
    const options = { signal: AbortSignal.timeout(60_000) };
    const texts = ['a quiet lake at dawn, 4k, ', 'v1sta über brücke ', '\u200b!|$@ '].map((part) =>
      part.repeat(100_000).slice(0, 100_000),
    );
    for (const text of texts) await made.judge([{ kind: 'prompt', text, category: 'violence' }], options);
    for (const text of texts) {
      const start = performance.now();
      await made.judge([{ kind: 'prompt', text, category: 'violence' }], options);
      // Meant to be under 50 ms; ten times that still tells linear from quadratic on a busy machine.
      expect(performance.now() - start).toBeLessThan(500);
    }
  });

  it.skipIf(!existsSync(NIBBLER))('judges the 3,618 prompts of Nibbler in about a second', async () => {
    const { prompts } = await readStartPrompts(NIBBLER);
    const made = await lexicon.create({}, services);
    const start = performance.now();
    const judgements = await made.judge(
      prompts.map((text) => ({ kind: 'prompt', text, category: 'violence' })),
      { signal: AbortSignal.timeout(60_000) },
    );
    expect(performance.now() - start).toBeLessThan(2000);
    expect(judgements).toHaveLength(prompts.length);
  });
});
