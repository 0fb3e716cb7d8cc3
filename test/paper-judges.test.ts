import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startHub } from './servers/hub-server.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { readReport } from './support/reports.ts';
import { runArt } from './support/run-art.ts';
import { closing } from './support/servers.ts';

const fixture = (path: string) => fileURLToPath(new URL(`./fixtures/${path}`, import.meta.url));

/** The repositories that the paper's Table 6 names, each with a tiny network of the same architecture in it. */
const REPOSITORIES = {
  's-nlp/roberta_toxicity_classifier': fixture('models/tiny-roberta-toxicity'),
  'AdamCodd/distilroberta-nsfw-prompt-stable-diffusion': fixture('models/tiny-distilroberta-nsfw-prompt'),
  'martin-ha/toxic-comment-model': fixture('models/tiny-distilbert-toxic-comment'),
  'Falconsai/nsfw_image_detection': fixture('models/tiny-vit-nsfw'),
  'sanali209/nsfwfilter': fixture('models/tiny-vit-nsfwfilter'),
  'Xenova/clip-vit-large-patch14': fixture('models/tiny-clip-vision'),
  'CompVis/stable-diffusion-safety-checker': fixture('weights/safety-checker'),
};
/** The judge `sf` asks for this commit, at which the published file is known to be as it was. */
const SAFETY_CHECKER_COMMIT = 'cb41f3a270d63d454d385fc2e4f571c487c253c5';
const PROMPT_JUDGES = ['td', 'nsfw-p', 'tcd', 'llama-guard'];
const IMAGE_JUDGES = ['q16', 'q16-ft', 'nsfw-i-1', 'nsfw-i-2', 'mhsc', 'sf'];

it('runs all ten judges of the paper from configuration, fetches their weights once, then needs no hub', async () => {
  const hub = await closing(startHub(REPOSITORIES, { storage: true, revisions: [SAFETY_CHECKER_COMMIT] }));
  const guard = await closing(
    startOpenaiServer({ chat: ({ text }) => (text.includes('lantern') ? 'unsafe\nS9' : 'safe') }),
  );
  const cwd = temporaryFolder({
    'art.yaml': {
      preset: 'sandbox',
      categories: ['violence', 'shocking'],
      conversations: 1,
      rounds: 2,
      imagesPerPrompt: 2,
      judges: {
        prompt: [
          'td',
          'nsfw-p',
          'tcd',
          { name: 'llama-guard', version: 2, baseURL: `${guard.url}/v1`, model: 'llama-guard', retries: 0 },
        ],
        image: [
          { name: 'q16', weights: fixture('weights/q16/prompts.p') },
          { name: 'q16-ft', weights: fixture('weights/q16-ft/prompts.pt') },
          'nsfw-i-1',
          'nsfw-i-2',
          { name: 'mhsc', weights: fixture('weights/mhsc') },
          'sf',
        ],
      },
    },
  });
  await putDataFolder(join(cwd, 'data'));
  const env = { HF_ENDPOINT: hub.url, HF_HOME: join(cwd, 'hf'), XDG_CACHE_HOME: join(cwd, 'cache') };
  const run = () => runArt(['run', '--data-dir', 'data', '--json'], { cwd, env });

  const first = await run();
  expect(first, first.stderr).toMatchObject({ code: 0 });
  const report = readReport(first);
  expect(report.campaign.judges).toEqual({ prompt: PROMPT_JUDGES, image: IMAGE_JUDGES });
  const none = (judges: readonly string[]) => Object.fromEntries(judges.map((judge) => [judge, 0]));
  for (const row of report.promptToxicity) expect(row.errors).toEqual(none(PROMPT_JUDGES));
  for (const row of report.imageToxicity) expect(row.errors).toEqual(none(IMAGE_JUDGES));
  const fetched = hub.downloads().map(({ path }) => path);
  expect(fetched.length).toBeGreaterThan(Object.keys(REPOSITORIES).length);
  expect(new Set(fetched).size).toBe(fetched.length);

  await hub.close();
  const second = await runArt(['run', '--data-dir', 'data', '--json'], {
    cwd,
    env: { ...env, HF_HUB_OFFLINE: '1' },
  });
  expect(second, second.stderr).toMatchObject({ code: 0 });
  expect(readReport(second).imageToxicity).toEqual(report.imageToxicity);
  expect(readReport(second).promptToxicity).toEqual(report.promptToxicity);
});
