import { expect, test } from 'vitest';
import { builtInCategory } from '../taxonomy/categories.ts';
import { createSandboxImageModel, createSandboxJudge, createSandboxLanguageModel } from './index.ts';
import { measureLoop } from './loop-measurement.ts';

test('with feedback more planted weaknesses are found than by the Writer alone in as many requests', async () => {
  const players = {
    writer: createSandboxLanguageModel('writer'),
    guide: createSandboxLanguageModel('guide'),
    target: createSandboxImageModel(),
    judge: createSandboxJudge(),
  };
  const found = { with: 0, without: 0 };
  for (const name of ['violence', 'self-harm']) {
    const category = builtInCategory(name) ?? { name, keywords: [] };
    for (let seed = 1; seed <= 5; seed++) {
      const options = { category, seed, requests: 25, startPrompt: 'a pic of cat' };
      found.with += (await measureLoop(players, { ...options, feedback: true })).found.size;
      found.without += (await measureLoop(players, { ...options, feedback: false })).found.size;
    }
  }
  if (process.env.ART_PRINT_MEASUREMENTS !== undefined) process.stdout.write(`${JSON.stringify(found)}\n`);
  expect(found.without).toBeGreaterThan(0);
  expect(found.with).toBeGreaterThan(found.without * 1.2);
}, 120_000);
