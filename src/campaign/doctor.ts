import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { ArtError, messageOf } from '../errors.ts';
import type { ImageSubject, Judge, Judgement, PromptSubject } from '../judges/judge.ts';
import { Picture } from '../judges/picture.ts';
import { toModelError } from '../models/failures.ts';
import { createGuide } from '../models/guide.ts';
import { createTarget } from '../models/target.ts';
import type { Call, Drawing } from '../models/types.ts';
import { createWriter } from '../models/writer.ts';
import { contentHash } from '../store/content-hash.ts';
import type { ImageStore } from '../store/image-store.ts';
import { inTime } from './in-time.ts';
import type { CampaignModels } from './make-models.ts';
import { DEFAULT_START_PROMPT } from './plan.ts';
import type { OpenEmbedder } from './prompt-embedder.ts';
import { samplePicture } from './sample-picture.ts';

/** What came of trying one model, one judge, or the image store. */
export interface Examination {
  /** `writer`, `guide`, `target`, `embedder`, `images`, or `judge:` with the judge's name. */
  readonly name: string;
  /** Provider and model, for people. */
  readonly what: string;
  readonly ok: boolean;
  readonly tookMs: number;
  /** What it answered, or what went wrong. May hold text of a model. */
  readonly detail: string;
  readonly hint?: string;
}

/** Any seed does; the same one gives the same answers. */
const SEED = 7;

/** What is tried beside the models; for tests: a clock, and how long a judge may take. */
export interface ExamineOptions {
  /** Where pictures are to be stored, to be tried as well. */
  readonly images?: ImageStore | undefined;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly judgeTimeoutMs?: number;
}

/**
 * Sends one tiny real request to each configured model and judge, the embedder too.
 *
 * @param onResult hears of each as it comes in, in no fixed order
 */
export async function examine(
  config: Config,
  models: CampaignModels,
  onResult: (examination: Examination) => void,
  { images, now = () => performance.now(), judgeTimeoutMs = 120_000 }: ExamineOptions = {},
): Promise<Examination[]> {
  const [category] = models.categories;
  if (category === undefined) return [];
  const results: Examination[] = [];

  const check = async (name: string, what: string, attempt: () => Promise<string>) => {
    const begun = now();
    let result: Examination;
    try {
      const detail = await attempt();
      result = { name, what, ok: true, tookMs: now() - begun, detail };
    } catch (error) {
      const hint = error instanceof ArtError ? error.hint : undefined;
      const common = { name, what, ok: false, tookMs: now() - begun, detail: messageOf(error) };
      result = hint === undefined ? common : { ...common, hint };
    }
    results.push(result);
    onResult(result);
  };
  const describe = (role: 'writer' | 'guide' | 'target') => nameOf(config[role]);

  const { openEmbedder } = models;
  let drawing: Drawing | undefined;
  await Promise.all([
    ...(images === undefined ? [] : [check('images', images.location, () => tryImages(images))]),
    ...(openEmbedder === undefined
      ? []
      : [check('embedder', embedderName(config), () => tryEmbedder(openEmbedder))]),
    check('writer', describe('writer'), async () => {
      const { templates, writer } = models;
      const call = callFor('writer', config);
      const options = { model: writer, config: config.writer, templates: templates.writer, call };
      const answer = await createWriter(options).rewrite({
        prompt: DEFAULT_START_PROMPT,
        category,
        seed: SEED,
      });
      return `wrote “${answer}”`;
    }),
    check('target', describe('target'), async () => {
      const warnings: string[] = [];
      const target = createTarget({
        model: models.target,
        config: config.target,
        call: callFor('target', config),
        onWarning: (warning) => warnings.push(warning),
      });
      drawing = await target.draw({ prompt: DEFAULT_START_PROMPT, seed: SEED });
      if (drawing.outcome === 'refused') throw refused(drawing.reason, warnings);
      const { width, height } = drawing;
      const { size } = config.target;
      const asked = size === undefined || size === `${width}x${height}` ? '' : `, not the ${size} asked for`;
      const notes = [...warnings, ...(models.sweepNotes ?? [])];
      return [`drew ${width}×${height} pixels${asked}, ${drawing.mediaType}`, ...notes].join('; ');
    }),
  ]);
  // The Guide and the judges look at what the target drew; at a sample where it drew nothing.
  const bytes = drawing?.outcome === 'drawn' ? drawing.bytes : await samplePicture();
  const mediaType = drawing?.outcome === 'drawn' ? drawing.mediaType : 'image/png';
  await Promise.all([
    check('guide', describe('guide'), async () => {
      const { templates, guide } = models;
      const call = callFor('guide', config);
      const options = { model: guide, config: config.guide, templates: templates.guide, call };
      const image = { bytes, mediaType };
      const answer = await createGuide(options).instruct({
        image,
        prompt: DEFAULT_START_PROMPT,
        category,
        seed: SEED,
      });
      return `instructed “${answer}”`;
    }),
    ...models.judges.prompt.map((judge) =>
      check(`judge:${judge.name}`, 'prompt judge', () =>
        tryJudge<PromptSubject>(
          judge,
          { kind: 'prompt', text: DEFAULT_START_PROMPT, category: categoryFor(judge, category.name) },
          judgeTimeoutMs,
        ),
      ),
    ),
    ...models.judges.image.map((judge) =>
      check(`judge:${judge.name}`, 'image judge', () =>
        tryJudge<ImageSubject>(
          judge,
          { kind: 'image', picture: new Picture(bytes), category: categoryFor(judge, category.name) },
          judgeTimeoutMs,
        ),
      ),
    ),
  ]);
  return results;
}

function nameOf({ provider, model }: { readonly provider: string; readonly model?: string | undefined }) {
  return [provider, model].filter((part) => part !== undefined).join(' · ');
}

function embedderName({ embedder }: Config): string {
  return typeof embedder === 'object' && 'provider' in embedder ? nameOf(embedder) : 'minilm';
}

async function tryEmbedder(open: OpenEmbedder): Promise<string> {
  const embedder = await open({ retries: 0 });
  try {
    const [vector] = await embedder.embed([DEFAULT_START_PROMPT]);
    return `gave a vector of ${vector?.length ?? 0} numbers`;
  } finally {
    await embedder.close();
  }
}

/** Stores something that nobody else has, reads it and removes it. */
async function tryImages(images: ImageStore): Promise<string> {
  const bytes = randomBytes(64);
  const key = { hash: contentHash(bytes), mediaType: 'image/png' };
  await images.put(key, bytes);
  try {
    await images.get(key);
  } finally {
    await images.delete(key);
  }
  return `stored, read and removed ${bytes.length} bytes`;
}

/** One try, with the configured timeout; errors in words. */
function callFor(role: 'writer' | 'guide' | 'target', config: Config): Call {
  const { provider, baseURL, apiKeyEnv, timeoutSeconds } = config[role];
  return async (request) => {
    try {
      return await inTime(timeoutSeconds * 1_000, (signal) => request({ signal, report: () => undefined }));
    } catch (error) {
      throw toModelError(error, { role, provider, url: baseURL, apiKeyEnv });
    }
  };
}

function refused(reason: string, warnings: readonly string[]): ArtError {
  return new ArtError({
    code: 'TARGET_REFUSED',
    message: [`refused the harmless prompt “${DEFAULT_START_PROMPT}”: ${reason}`, ...warnings].join('; '),
    hint: 'A target that refuses this refuses most prompts: look at its content filter and its settings.',
  });
}

async function tryJudge<Subject extends PromptSubject | ImageSubject>(
  judge: Judge<Subject>,
  subject: Subject,
  timeoutMs: number,
): Promise<string> {
  const { endpoint, name } = judge;
  const ask = (ms: number) => inTime(ms, (signal) => judge.judge([subject], { signal }));
  if (endpoint === undefined) return inWords(name, (await ask(timeoutMs))[0]);
  const { provider, baseURL: url, apiKeyEnv, timeoutSeconds } = endpoint;
  const asked = ask(timeoutSeconds * 1_000).catch((error: unknown) => {
    throw toModelError(error, { role: `judge ${name}`, provider, url, apiKeyEnv });
  });
  return inWords(name, (await asked)[0]);
}

/** A judge is asked about a category of its own. */
function categoryFor({ categories }: Pick<Judge<never>, 'categories'>, first: string): string {
  return categories === undefined || categories.includes(first) ? first : (categories[0] ?? first);
}

function inWords(judge: string, judgement: Judgement | undefined): string {
  if (judgement === undefined) throw new Error(`The judge ${judge} gave no judgement.`);
  if (judgement.verdict === 'error') throw new Error(judgement.error.message);
  const score = judgement.score === undefined ? '' : `, score ${judgement.score.toFixed(2)}`;
  return `says ${judgement.verdict}${score}`;
}
