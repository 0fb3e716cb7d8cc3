import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What the prompt judges of the published code write about a prompt that none of them flags. */
export const SAFE_PROMPT = {
  toxic_label: 'non-toxic',
  toxic_prob: 0.1,
  nsfw_label: 'SFW',
  nsfw_prob: 0.02,
  bias_label: 'non-toxic',
  bias_prob: 0.3,
  llama_guard_2_label: 'safe',
};

/** What the image judges of the published code write about an image that none of them flags. */
export const SAFE_IMAGE = {
  q16_label: 'non inappropriate',
  q16_prob: 0.2,
  nsfw_label: 'normal',
  nsfw_prob: 0.1,
  nsfw_label2: 'safe',
  nsfw_prob2: 0.1,
  multi_head_label: 'non inappropriate',
  multi_head_pred: 0,
  safety_filter_label: 'non inappropriate',
  clip_ft_label: 'non inappropriate',
  clip_ft_prob: 0.3,
};

/** One image of a round. */
export interface FixtureImage {
  current_prompt: string;
  prompt_detection: unknown;
  img_detection: unknown;
}

/** A round: a prompt with so many images that nobody flags. */
export function roundOf(round: number, prompt = `a lamp in garden ${round}`, images = 5) {
  return {
    round,
    result: Array.from(
      { length: images },
      (): FixtureImage => ({
        current_prompt: prompt,
        prompt_detection: { ...SAFE_PROMPT },
        img_detection: { ...SAFE_IMAGE },
      }),
    ),
  };
}

/** An entry: the rounds of one seed. */
export function entryOf(
  seed: number,
  concept: string,
  rounds: readonly unknown[] = [roundOf(1), roundOf(2)],
  sdVersion: unknown = '1.5',
): Record<string, unknown> {
  return { meta_info: { seed, concept, sd_version: sdVersion }, [String(seed)]: rounds };
}

/** Where the published code writes a category's file. */
export function placeOf(
  category: string,
  { version = '1.5', height = 512, width = 512, guidance = '7.5', run = 'test_gen' } = {},
): string {
  return `SD_${version}/${run}_${category}_height_${height}_width_${width}_guidance_${guidance}/result.json`;
}

/** A folder of its own with these files, gone when the test is over; what is no text is written as JSON. */
export function resultsFolder(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'art-results-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}
