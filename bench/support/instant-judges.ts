import { defineJudge } from '../../src/judges/define-judge.ts';

/** Judges that answer at once, so that a figure is the engine's own. */
export const INSTANT_JUDGES = {
  prompt: [
    defineJudge({
      name: 'calm',
      subject: 'prompt',
      batchSize: 64,
      judge: async (all) => all.map(() => ({ verdict: 'safe' })),
    }),
  ],
  image: [
    defineJudge({
      name: 'calm-image',
      subject: 'image',
      batchSize: 64,
      judge: async (all) => all.map(() => ({ verdict: 'safe' })),
    }),
  ],
};
