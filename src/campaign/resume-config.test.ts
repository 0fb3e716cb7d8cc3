import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWN_NAMES } from '../config/config-fixtures.ts';
import { recordedConfig } from '../config/describe-config.ts';
import type { Config } from '../config/schema.ts';
import { validateConfig } from '../config/validate-config.ts';
import type { CampaignRow } from '../store/schema.ts';
import { isOwnCode, resumeConfig } from './resume-config.ts';

const FILE = '/somewhere/art.config.ts';
const BASE = {
  name: 'nightly',
  target: { provider: 'automatic1111', baseURL: 'http://127.0.0.1:7860', size: '64x64' },
  writer: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1', model: 'm', temperature: 1 },
  guide: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:2/v1', model: 'n' },
  judges: {
    prompt: [
      'lexicon',
      { name: 'llama-guard', provider: 'openai-compatible', baseURL: 'http://127.0.0.1:3/v1', model: 'g' },
    ],
    image: ['nsfwjs'],
  },
  categories: ['violence', { name: 'weather', keywords: ['storm', 'rain'] }],
};

function configOf(input: object): Config {
  return validateConfig(input, { ...KNOWN_NAMES, env: {} });
}

/** Through the database and back: objects come with their keys in another order. */
function asJsonb(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonb);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, asJsonb(item)]));
}

function campaignOf(config: Config, configFile: string | null = FILE): CampaignRow {
  const recorded = asJsonb(recordedConfig(config));
  return {
    id: 'the-campaign',
    name: config.name,
    status: 'interrupted',
    strategy: 'art',
    seed: config.seed,
    rounds: config.rounds,
    imagesPerPrompt: config.imagesPerPrompt,
    config: { ...(typeof recorded === 'object' ? recorded : {}) },
    configHash: '',
    configFile,
    artVersion: '0',
    simulated: false,
    createdAt: new Date(0),
    finishedAt: null,
    priority: 0,
    wish: 'run',
    ending: null,
    runningSince: null,
    workedSeconds: 0,
  };
}

function resume(campaign: CampaignRow, files: Record<string, Config> = {}, file?: string) {
  const loaded: string[] = [];
  const result = resumeConfig(campaign, {
    env: {},
    knownNames: KNOWN_NAMES,
    load: async (path) => {
      loaded.push(path);
      const config = files[path];
      if (config === undefined) throw new Error(`${path} was not expected to be read`);
      return { config, directory: dirname(path), file: path };
    },
    file,
  });
  return { result, loaded };
}

describe('resumeConfig', () => {
  it('goes on with the recorded configuration, without reading any file', async () => {
    const config = configOf(BASE);
    const { result, loaded } = resume(campaignOf(config));
    expect(await result).toEqual({ config, directory: '/somewhere' });
    expect(loaded).toEqual([]);
    const { result: fileless } = resume(campaignOf(config, null));
    expect((await fileless).directory).toBe(process.cwd());
  });

  it('goes on with what a preset gave, whatever the preset gives today', async () => {
    const config = configOf({ preset: 'sandbox', rounds: 2, judges: { image: ['sandbox'] } });
    const { result } = resume(campaignOf(config));
    expect((await result).config).toEqual(config);
  });

  it('takes addresses, limits and keys from a file, also those of a judge', async () => {
    const moved = configOf({
      ...BASE,
      target: {
        ...BASE.target,
        baseURL: 'http://127.0.0.1:9',
        concurrency: 9,
        timeoutSeconds: 5,
        retries: 1,
      },
      writer: { ...BASE.writer, baseURL: 'http://127.0.0.1:8/v1', requestsPerMinute: 10 },
      judges: {
        ...BASE.judges,
        prompt: [
          'lexicon',
          {
            model: 'g',
            baseURL: 'http://127.0.0.1:7/v1',
            provider: 'openai-compatible',
            name: 'llama-guard',
          },
        ],
      },
    });
    const { result } = resume(campaignOf(configOf(BASE)), { '/other/art.yaml': moved }, '/other/art.yaml');
    expect(await result).toMatchObject({ config: moved, directory: '/other' });
  });

  it('takes another embedder from a file: it changes nothing of what is drawn and judged', async () => {
    const other = configOf({ ...BASE, embedder: 'minilm' });
    const { result } = resume(campaignOf(configOf(BASE)), { [FILE]: other }, FILE);
    expect((await result).config.embedder).toBe('minilm');
  });

  it.each([
    ['target.size', { target: { ...BASE.target, size: '128x128' } }],
    ['writer.temperature', { writer: { ...BASE.writer, temperature: 2 } }],
    ['rounds', { rounds: 7 }],
    ['seed', { seed: 7 }],
    ['categories', { categories: ['violence'] }],
    ['categories[1].keywords', { categories: ['violence', { name: 'weather', keywords: ['storm'] }] }],
    ['judges.prompt[0]', { judges: { ...BASE.judges, prompt: ['profanity', BASE.judges.prompt[1]] } }],
    ['sweep', { sweep: { guidance: [5] } }],
    ['judges.verdict', { judges: { ...BASE.judges, verdict: 'majority' } }],
  ])('refuses a file that asks for another campaign: %s', async (key, change) => {
    const { result } = resume(campaignOf(configOf(BASE)), { [FILE]: configOf({ ...BASE, ...change }) }, FILE);
    await expect(result).rejects.toMatchObject({
      code: 'CONFIG_CHANGED',
      exitCode: 2,
      data: { campaign: 'the-campaign', changed: [key] },
    });
  });

  it('reads the campaign’s own file again where it uses code of the user', async () => {
    const strategy = { name: 'seasons', converse: async () => undefined };
    const own = configOf({ ...BASE, strategy });
    const { result, loaded } = resume(campaignOf(own), { [FILE]: own });
    expect((await result).config.strategy).toBe(strategy);
    expect(loaded).toEqual([FILE]);

    const judge = { name: 'my judge', subject: 'image', batchSize: 1, judge: async () => [] };
    const judged = configOf({ ...BASE, judges: { ...BASE.judges, image: [judge] } });
    const again = resume(campaignOf(judged), { [FILE]: judged });
    await again.result;
    expect(again.loaded).toEqual([FILE]);
  });

  it('takes a judge that tells what it is made from for no code of the user', async () => {
    const judges = {
      prompt: ['lexicon', { name: 'mine', model: 'org/repo', safeLabels: ['normal'] }],
      image: [
        { name: 'eye', type: 'nsfwjs', categories: ['violence'] },
        { name: 'asked', provider: 'openai-compatible', baseURL: 'http://127.0.0.1:4/v1', model: 'v' },
        { name: 'posted', url: 'http://127.0.0.1:5/judge' },
      ],
    };
    const config = configOf({ ...BASE, judges: { ...judges, image: ['nsfwjs', ...judges.image.slice(1)] } });
    const resumed = await resumeConfig(campaignOf(config), {
      env: {},
      knownNames: KNOWN_NAMES,
      load: () => Promise.reject(new Error('no file is read')),
    });
    expect(resumed.config).toEqual(config);
  });

  it.each<[string, unknown, boolean]>([
    ['a name', 'lexicon', false],
    ['a type', { name: 'mine', type: 'lexicon' }, false],
    ['a judge of the user', { name: 'mine', subject: 'prompt', batchSize: 4 }, true],
    ['one with a known name', { name: 'lexicon', subject: 'prompt', batchSize: 4 }, true],
    ['one with a model of its own', { name: 'mine', subject: 'prompt', batchSize: 4, model: 'm' }, true],
    ['a name that nobody has', 'mine', true],
  ])('tells own code by %s', (_what, entry, own) => {
    expect(isOwnCode(entry, 'prompt', ['lexicon'])).toBe(own);
  });
});
