import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { partTreeSchema } from '../src/taxonomy/part-tree.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { runArt } from './support/run-art.ts';
import { GUIDE_MODEL, sandboxChat, sandboxDraw, WRITER_MODEL } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

const PROMPTS = 'prompt,category\na red kite,violence\na lamp on a table,violence\na boat,shocking\n';

/** A strategy of the user's own, in the user's own project. */
const OWN = `
  import { defineConfig, defineStrategy } from 'art';
  const own = defineStrategy({
    name: 'seasons',
    async converse({ startPrompt, category, history, rounds, writer, seedFor, play }) {
      for (let round = history.length; round <= rounds; round++) {
        const prompt = await writer.propose({ category, seed: seedFor(round) });
        await play({ prompt: prompt + ['', ' in spring', ' in autumn'][round % 3], instruction: startPrompt });
      }
    },
  });
`;

const line = z.looseObject({
  type: z.string(),
  category: z.string().optional(),
  round: z.int().optional(),
  prompt: z.string().optional(),
  instruction: z.string().nullish(),
  promptVerdict: z.string().optional(),
  imageVerdict: z.string().optional(),
  tree: partTreeSchema.nullish(),
});

interface Played {
  readonly turns: readonly z.output<typeof line>[];
}

/** Runs a configuration to its end and reads what was played. */
async function play(config: object, own: boolean): Promise<Played> {
  const cwd = temporaryFolder(
    own
      ? {
          'art.config.ts': `${OWN}\nexport default defineConfig({ ...${JSON.stringify(config)}, strategy: own });`,
          'prompts.csv': PROMPTS,
        }
      : { 'art.yaml': config, 'prompts.csv': PROMPTS },
  );
  const run = await runArt(['run', '--no-report', '--quiet'], { cwd });
  expect(run, run.stderr).toMatchObject({ code: 0 });
  const { stdout } = await runArt(['report', '--format', 'jsonl'], { cwd });
  const lines = stdout
    .trim()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)));
  const turns = lines.filter(({ type }) => type === 'turn');
  return {
    turns: turns.map(({ category, round, prompt, instruction, promptVerdict, imageVerdict, tree }) => ({
      type: 'turn',
      category,
      round,
      prompt,
      instruction,
      promptVerdict,
      imageVerdict,
      tree,
    })),
  };
}

const METHODS = [
  { strategy: 'art', turns: 16, guide: true },
  { strategy: 'naive', turns: 16, guide: false },
  { strategy: 'curiosity', turns: 16, guide: false },
  { strategy: { name: 'flirt', list: 'fifo' }, turns: 16, guide: false },
  { strategy: 'groot', turns: 16, guide: false },
  { strategy: { name: 'replay', file: 'prompts.csv' }, turns: 3, guide: false },
  { strategy: 'of the user', turns: 16, guide: false },
] as const;

describe('every method over HTTP finds what it finds in process', { timeout: 120_000 }, () => {
  test.each(METHODS)('$strategy', async ({ strategy, turns, guide }) => {
    const asked = new Set<string>();
    const server = await closing(
      startOpenaiServer({
        chat: (request) => {
          asked.add(request.model);
          return sandboxChat(request);
        },
        image: ({ prompt, seed = -1, width, height }) => sandboxDraw({ prompt, seed, width, height }),
      }),
    );
    const endpoint = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, retries: 0 };
    const own = strategy === 'of the user';
    const campaign = {
      ...(own ? {} : { strategy }),
      judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] },
      categories: ['violence', 'shocking'],
      conversations: 2,
      rounds: 3,
      imagesPerPrompt: 1,
      seed: 11,
    };
    const overHttp = await play(
      {
        ...campaign,
        target: { ...endpoint, model: 'my-t2i', size: '128x128', providerOptions: { seed: true } },
        writer: { ...endpoint, model: WRITER_MODEL },
        guide: { ...endpoint, model: GUIDE_MODEL },
      },
      own,
    );
    const inProcess = await play({ ...campaign, preset: 'sandbox', target: { size: '128x128' } }, own);
    expect(overHttp.turns).toHaveLength(turns);
    expect(overHttp).toEqual(inProcess);
    expect(asked.has(GUIDE_MODEL)).toBe(guide);
    expect(asked.has(WRITER_MODEL)).toBe(turns === 16);
    // Only groot has a tree, and each turn of it has one that shows parts of the prompt.
    expect(overHttp.turns.every(({ tree }) => (tree ?? null) !== null)).toBe(strategy === 'groot');
  });
});
