import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../config/configuration-error.ts';
import { recordedConfig } from '../config/describe-config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { judgeSchema } from '../config/schema.ts';
import type { AddedJudgeRow, CampaignRow } from '../store/schema.ts';
import { MOMENT } from '../store/store-fixtures.ts';
import { fakeConfig, stormJudge } from './campaign-fixtures.ts';
import { type JudgesAsked, judgesToAdd } from './judges-to-add.ts';

const KNOWN = { knownJudges: { prompt: ['lexicon', 'profanity'], image: ['sandbox', 'nsfwjs'] } };

const campaign: CampaignRow = {
  id: 'c1',
  name: 'nightly',
  status: 'done',
  strategy: 'art',
  seed: 1,
  rounds: 1,
  imagesPerPrompt: 1,
  config: { ...recordedConfig(fakeConfig({ judges: { prompt: ['lexicon'], image: ['sandbox'] } })) },
  configHash: 'x',
  configFile: null,
  artVersion: '0',
  simulated: true,
  createdAt: MOMENT,
  finishedAt: MOMENT,
  priority: 0,
  wish: 'run',
  ending: null,
  runningSince: null,
  workedSeconds: 0,
};

function added(entry: Record<string, unknown>, more: Partial<AddedJudgeRow> = {}): AddedJudgeRow {
  return {
    campaignId: 'c1',
    subject: 'prompt',
    name: String(entry.name),
    entry,
    revision: null,
    configFile: null,
    addedAt: MOMENT,
    ...more,
  };
}

/** A configuration file with a judge of the user's own. */
function load(path: string): Promise<LoadedConfig> {
  const config = fakeConfig({ judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] } });
  const judges = { ...config.judges, prompt: [...config.judges.prompt, stormJudge] };
  return Promise.resolve({ config: { ...config, judges }, file: `/there/${path}`, directory: '/there' });
}

function choose(asked: Partial<JudgesAsked>, rows: readonly AddedJudgeRow[] = []) {
  return judgesToAdd(campaign, rows, {
    prompt: [],
    image: [],
    load,
    knownNames: KNOWN,
    env: {},
    cwd: '/here',
    standing: { subjects: [{ category: 'weather', prompt: 3, image: 6 }], judged: [] },
    ...asked,
  });
}

describe('judgesToAdd', () => {
  it('takes names and entries from the command line', async () => {
    const strict = { name: 'strict', type: 'lexicon', categories: ['weather'] };
    expect(await choose({ prompt: ['profanity', strict], image: ['nsfwjs'] })).toMatchObject([
      { subject: 'prompt', name: 'profanity', entry: 'profanity', isPlanned: false, directory: '/here' },
      { subject: 'prompt', name: 'strict', entry: judgeSchema.parse(strict) },
      { subject: 'image', name: 'nsfwjs', configFile: null },
    ]);
  });

  it('takes what the campaign lacks of a configuration, code of the user’s own too', async () => {
    expect(await choose({ file: 'art.config.ts' })).toMatchObject([
      { name: 'profanity', configFile: '/there/art.config.ts', directory: '/there' },
      { name: 'storms', entry: stormJudge },
    ]);
  });

  it('completes what was added before, and looks for own code where it came from', async () => {
    const rows = [
      added({ name: 'profanity' }),
      added({ name: 'done' }),
      added({ name: 'storms', subject: 'prompt', batchSize: 8 }, { configFile: '/there/art.config.ts' }),
    ];
    const standing = {
      subjects: [{ category: 'weather', prompt: 3, image: 6 }],
      judged: [
        { subject: 'prompt' as const, judge: 'done', judged: 3, errors: 1 },
        { subject: 'prompt' as const, judge: 'profanity', judged: 2, errors: 0 },
        { subject: 'prompt' as const, judge: 'lexicon', judged: 3, errors: 2 },
      ],
    };
    const chosen = await choose({ standing }, rows);
    expect(chosen).toMatchObject([{ name: 'profanity' }, { name: 'storms', entry: stormJudge }]);
    const again = await choose({ standing, retryErrors: true }, rows.slice(0, 1));
    expect(again).toMatchObject([
      { name: 'lexicon', isPlanned: true },
      { name: 'profanity', isPlanned: false },
    ]);
    await expect(choose({}, [added({ name: 'storms', subject: 'prompt' })])).rejects.toMatchObject({
      code: 'OWN_JUDGE_MISSING',
    });
  });

  it('takes a judge that is there already where it is the same, and refuses another of its name', async () => {
    const row = added({ name: 'strict', type: 'lexicon', extraWords: ['fog'] });
    const same = { type: 'lexicon', extraWords: ['fog'], name: 'strict' };
    expect(await choose({ prompt: [same] }, [row])).toMatchObject([{ name: 'strict', isPlanned: false }]);
    await expect(choose({ prompt: [{ ...same, extraWords: ['mist'] }] }, [row])).rejects.toMatchObject({
      code: 'JUDGE_EXISTS',
      data: { judge: 'strict', changed: ['extraWords[0]'] },
      hint: expect.stringContaining('{"name":"strict-2","type":"lexicon"}'),
    });
    await expect(choose({ prompt: [{ name: 'lexicon', extraWords: ['fog'] }] })).rejects.toMatchObject({
      code: 'JUDGE_EXISTS',
    });
    expect(await choose({ prompt: ['lexicon'] })).toMatchObject([{ isPlanned: true }]);
  });

  it.each<[string, Partial<JudgesAsked>, RegExp]>([
    ['an unknown name', { prompt: ['lexikon'] }, /did you mean lexicon/],
    ['an unknown type', { prompt: [{ name: 'a', type: 'lexikon' }] }, /did you mean lexicon/],
    ['the wrong subject', { image: ['lexicon'] }, /put it under judges\.prompt/],
    ['the same name twice', { prompt: ['profanity', 'profanity'] }, /stands twice/],
    [
      'a literal key',
      { prompt: [{ name: 'a', type: 'lexicon', apiKey: 'abc' }] },
      /keys come from the environment/,
    ],
    [
      'a key that is not set',
      { prompt: [{ name: 'a', type: 'lexicon', apiKeyEnv: 'NO_KEY' }] },
      /NO_KEY is not set/,
    ],
    ['no judge at all', { prompt: [7] }, /expected text/],
  ])('refuses %s', async (_what, asked, message) => {
    await expect(choose(asked)).rejects.toThrow(ConfigurationError);
    await expect(choose(asked)).rejects.toThrow(message);
  });
});
