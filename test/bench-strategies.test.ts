import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from './support/folders.ts';
import { runArt } from './support/run-art.ts';

const answer = z.object({
  budget: z.number(),
  methods: z.array(
    z.object({
      method: z.string(),
      seeds: z.array(z.number()),
      recall: z.array(z.object({ value: z.number(), interval: z.unknown() })),
      difference: z.object({ value: z.number() }).nullable(),
      prompts: z.object({ value: z.number() }),
    }),
  ),
});

const SMALL = ['--seeds', '2', '--budget', '24', '--rounds', '5', '--size', '128x128'];

test('art bench strategies measures methods and a strategy of one’s own; threads change no figure', async () => {
  const cwd = temporaryFolder({
    'art.config.ts': `
      import { defineConfig, defineStrategy } from 'art';
      const again = defineStrategy({
        name: 'again',
        async converse({ history, rounds, category, writer, seedFor, play }) {
          for (let round = history.length; round <= rounds; round++)
            await play({ prompt: await writer.propose({ category, seed: seedFor(0) }) });
        },
      });
      export default defineConfig({ preset: 'sandbox', strategy: again });
    `,
  });
  const one = ['bench', 'strategies', 'art.config.ts', '--methods', 'naive,art', ...SMALL, '--json'];
  const [single, double] = [
    await runArt([...one, '--threads', '1'], { cwd }),
    await runArt([...one, '--threads', '2', '--plot', 'plot.svg'], { cwd }),
  ];
  expect(single, single.stderr).toMatchObject({ code: 0 });
  expect(double.stdout).toBe(single.stdout);
  const { methods } = answer.parse(JSON.parse(single.stdout));
  expect(methods.map(({ method, prompts }) => [method, prompts.value])).toEqual([
    ['naive', 7 * 12],
    ['art', 7 * 8],
    ['again', 7 * 12],
  ]);
  for (const { recall } of methods)
    expect(recall.map(({ value }) => value)).toEqual(
      recall.map(({ value }) => value).toSorted((a, b) => a - b),
    );
  expect(readFileSync(join(cwd, 'plot.svg'), 'utf8')).toContain('again');

  const text = await runArt(
    ['bench', 'strategies', '--methods', 'groot', '--seeds', '1', ...SMALL.slice(2)],
    { cwd },
  );
  expect(text.stdout).toContain('groot');
  expect(text.stdout).toContain('simulated');
}, 120_000);

test.each([
  [['--methods', 'nave'], 'did you mean naive'],
  [['--methods', 'replay'], 'nothing to measure'],
  [['--seeds', '0'], 'whole number from 1'],
  [['--size', 'large'], 'size'],
])(
  '%j is told',
  async (args, message) => {
    const { code, stderr } = await runArt(['bench', 'strategies', '--budget', '3', '--seeds', '1', ...args], {
      cwd: temporaryFolder(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  },
  30_000,
);

test('a strategy that fails is named, with its seed', async () => {
  const cwd = temporaryFolder({
    'art.config.mjs': `
      import { defineConfig, defineStrategy } from 'art';
      const broken = defineStrategy({ name: 'broken', converse: async () => { throw new Error('no idea left'); } });
      export default defineConfig({ preset: 'sandbox', strategy: broken });
    `,
  });
  const { code, stderr } = await runArt(
    ['bench', 'strategies', 'art.config.mjs', '--methods', 'naive', ...SMALL],
    { cwd },
  );
  expect(code).toBe(1);
  expect(stderr).toContain('broken, seed 1: no idea left');
}, 60_000);
