import type { ImageModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import sharp from 'sharp';
import { KNOWN_NAMES } from '../config/config-fixtures.ts';
import { resolveCategories } from '../config/resolve-categories.ts';
import type { Config } from '../config/schema.ts';
import { validateConfig } from '../config/validate-config.ts';
import type { ImageJudge, PromptJudge } from '../judges/judge.ts';
import { ModelError } from '../models/model-error.ts';
import { loadGuideTemplates, loadWriterTemplates } from '../models/prompt-template.ts';
import { buildReport } from '../report/build-report.ts';
import { comparableUsage } from '../report/report-fixtures.ts';
import type { ReportModel } from '../report/report-model.ts';
import { languageModelFrom } from '../sandbox/language-model.ts';
import { readParts } from '../sandbox/message-parts.ts';
import { findCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { AS_PUBLISHED, createArt } from '../strategies/art.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { CampaignModels } from './make-models.ts';
import { planCampaign } from './plan-campaign.ts';
import { deriveSeed } from './seeds.ts';

/** A request that reached a fake model. */
export interface FakeCall {
  readonly role: 'writer' | 'guide' | 'target';
  readonly seed: number;
  /** What it was asked: the message, or the prompt to be drawn. */
  readonly text: string;
  readonly signal: AbortSignal | undefined;
}

/** Called before a fake model answers: waits, or throws what the model is to throw. */
export type OnCall = (call: FakeCall) => void | Promise<void>;

export interface FakeOptions {
  /** Over a small default: two conversations in two categories. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly onCall?: OnCall;
  readonly strategy?: Strategy;
  readonly promptJudges?: readonly PromptJudge[];
  readonly imageJudges?: readonly ImageJudge[];
}

const ENDPOINT = { provider: 'sandbox', concurrency: 4, timeoutSeconds: 30 };
const WEATHER = ['sun', 'rain', 'snow', 'fog', 'storm', 'wind', 'hail', 'dew', 'frost', 'thunder', 'breeze'];
const PLACES = ['village', 'harbour', 'meadow', 'station', 'forest', 'bridge', 'market', 'island', 'tower'];

/** A configuration for the fake models. */
export function fakeConfig(changes: Readonly<Record<string, unknown>> = {}): Config {
  return validateConfig(
    {
      name: 'fake',
      target: ENDPOINT,
      writer: ENDPOINT,
      guide: ENDPOINT,
      judges: { prompt: ['lexicon'], image: ['sandbox'] },
      categories: [
        { name: 'weather', keywords: ['storm'] },
        { name: 'travel', keywords: ['delay'] },
      ],
      conversations: 1,
      rounds: 2,
      imagesPerPrompt: 2,
      seed: 7,
      ...changes,
    },
    { ...KNOWN_NAMES, env: {} },
  );
}

/**
 * Small models whose answers depend on the question and the seed alone, with judges that have
 * something to say: storms are flagged in prompts, every third image is.
 */
export async function fakeModels({
  config = {},
  onCall = () => undefined,
  strategy = createArt(AS_PUBLISHED),
  promptJudges = [stormJudge],
  imageJudges = [thirdJudge],
}: FakeOptions = {}): Promise<{ readonly config: Config; readonly models: CampaignModels }> {
  const checked = fakeConfig(config);
  const pick = (words: readonly string[], ...parts: (string | number)[]) =>
    words[deriveSeed(...parts) % words.length] ?? '';
  const models: CampaignModels = {
    writer: languageModel('writer', onCall, (text, seed) =>
      [0, 1, 2, 3]
        .map((part) => `${pick(WEATHER, text, seed, part)} over the ${pick(PLACES, text, seed, part)}`)
        .join(' and '),
    ),
    guide: languageModel('guide', onCall, (text, seed) => `Add a little ${pick(WEATHER, text, seed)} to it.`),
    target: imageModel(onCall),
    templates: {
      writer: await loadWriterTemplates(checked.writer.templates, process.cwd()),
      guide: await loadGuideTemplates(checked.guide.templates, process.cwd()),
    },
    judges: { prompt: [...promptJudges], image: [...imageJudges] },
    strategy,
    categories: resolveCategories(checked),
  };
  return { config: checked, models };
}

function languageModel(
  role: 'writer' | 'guide',
  onCall: OnCall,
  answer: (text: string, seed: number) => string,
): LanguageModelV4 {
  const make = (seed: number) => languageModelFrom(role, ({ text }) => answer(text, seed));
  return {
    ...make(0),
    async doGenerate(options) {
      const seed = options.seed ?? 0;
      await onCall({ role, seed, text: readParts(options.prompt).text, signal: options.abortSignal });
      return make(seed).doGenerate(options);
    },
  };
}

function imageModel(onCall: OnCall): ImageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'fake',
    modelId: 'fake-image',
    maxImagesPerCall: 1,
    async doGenerate({ prompt = '', seed = 0, abortSignal: signal }) {
      await onCall({ role: 'target', seed, text: prompt, signal });
      const colour = deriveSeed(prompt, seed);
      const background = { r: colour & 255, g: (colour >> 8) & 255, b: (colour >> 16) & 255 };
      const image = await sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toBuffer();
      return {
        images: [image],
        warnings: [],
        response: { timestamp: new Date(0), modelId: 'fake-image', headers: undefined },
      };
    },
  };
}

export const stormJudge: PromptJudge = {
  name: 'storms',
  subject: 'prompt',
  batchSize: 8,
  judge: async (subjects) =>
    subjects.map(({ text }) => ({ verdict: /\bstorm\b/.test(text) ? 'unsafe' : 'safe' })),
};

export const thirdJudge: ImageJudge = {
  name: 'thirds',
  subject: 'image',
  batchSize: 8,
  judge: async (subjects) =>
    subjects.map(({ picture: { hash } }) => ({
      verdict: Number.parseInt(hash.slice(0, 6), 16) % 3 === 0 ? 'unsafe' : 'safe',
      label: hash.slice(0, 4),
    })),
};

/** Plans a campaign with fake models, in a store. */
export function planFake(
  store: Store,
  { config, models }: { readonly config: Config; readonly models: CampaignModels },
  startPrompts: readonly string[] = ['a pic of cat', 'a red kite'],
): Promise<CampaignRow> {
  return planCampaign(store, { config, models, startPrompts });
}

/** A campaign's report without its id and what is of the machine: what has to be the same however it came about. */
export async function comparableReport(store: Store, campaignId: string): Promise<unknown> {
  const campaign = await findCampaign(store.database, campaignId);
  if (campaign === undefined) throw new Error(`There is no campaign ${campaignId}.`);
  return comparable(await buildReport(store, campaign));
}

export function comparable(report: ReportModel): unknown {
  const { id: _id, createdAt: _createdAt, finishedAt: _finishedAt, ...campaign } = report.campaign;
  const { usage, ...rest } = report;
  return { ...rest, campaign, ...(usage === undefined ? {} : { usage: comparableUsage(usage) }) };
}

/** What a model throws where a later try may succeed. */
export function hiccup(message = 'The server is having a hiccup.'): ModelError {
  return new ModelError({ code: 'SERVER_ERROR', message, retryable: true });
}

/** What a model throws where no try can succeed. */
export function rejection(message = 'The server does not take this.'): ModelError {
  return new ModelError({ code: 'REJECTED', message, retryable: false });
}
