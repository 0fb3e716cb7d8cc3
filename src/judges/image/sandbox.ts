import { z } from 'zod';
import { defineImageJudge } from '../judge-definition.ts';

/** The `sandbox` judge: finds the sandbox's pictograms in the pixels. Says nothing about real images. */
export const sandbox = defineImageJudge({
  name: 'sandbox',
  description: "finds the sandbox's pictograms in the pixels (simulated)",
  facts: {
    goodFor: 'the sandbox target, and nothing else',
    weaknesses: 'of real pictures it says that they are safe',
  },
  optionsSchema: z.strictObject({}),
  async create() {
    // Loaded on demand: real campaigns need none of the sandbox's pictograms.
    const { createSandboxJudge } = await import('../../sandbox/index.ts');
    return createSandboxJudge();
  },
});
