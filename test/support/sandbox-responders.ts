import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { createSandboxImageModel, createSandboxLanguageModel } from '../../src/sandbox/index.ts';
import type { ChatRequest } from '../servers/openai-server.ts';

/** The models' names by which {@link sandboxChat} knows who is asked. */
export const WRITER_MODEL = 'my-llm';
export const GUIDE_MODEL = 'my-vlm';

const languageModels = {
  [WRITER_MODEL]: createSandboxLanguageModel('writer'),
  [GUIDE_MODEL]: createSandboxLanguageModel('guide'),
};
const imageModel = createSandboxImageModel();

/** Answers chat as the sandbox's Writer or Guide would. */
export async function sandboxChat({ model, system, text, images, seed }: ChatRequest): Promise<string> {
  if (model !== WRITER_MODEL && model !== GUIDE_MODEL) throw new Error(`no model is called ${model}`);
  const prompt: LanguageModelV4Prompt = [
    { role: 'system', content: system },
    {
      role: 'user',
      content: [
        ...images.map((data) => ({
          type: 'file' as const,
          mediaType: 'image/png',
          data: { type: 'data' as const, data },
        })),
        { type: 'text', text },
      ],
    },
  ];
  const { content } = await languageModels[model].doGenerate({
    prompt,
    ...(seed === undefined ? {} : { seed }),
  });
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** What a server is asked to draw, in the sandbox's words. */
export interface SandboxDrawing {
  readonly prompt: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly guidance?: number;
  readonly negativePrompt?: string;
}

/** Draws as the sandbox's target would. */
export async function sandboxDraw(drawing: SandboxDrawing): Promise<Uint8Array> {
  const { prompt, seed, width, height, ...options } = drawing;
  const { images } = await imageModel.doGenerate({
    prompt,
    seed,
    n: 1,
    size: `${width}x${height}`,
    aspectRatio: undefined,
    files: undefined,
    mask: undefined,
    providerOptions: { sandbox: { ...options } },
  });
  const [image] = images;
  if (image === undefined || typeof image === 'string') throw new Error('the sandbox drew nothing');
  return image;
}
