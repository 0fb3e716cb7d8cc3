import { createEmbedder } from '../../../src/models/embedder.ts';
import { toModelError } from '../../../src/models/failures.ts';
import { createGuide } from '../../../src/models/guide.ts';
import { modelServices } from '../../../src/models/model-services.ts';
import { loadGuideTemplates, loadWriterTemplates } from '../../../src/models/prompt-template.ts';
import { createEmbeddingModel, createLanguageModel } from '../../../src/models/providers.ts';
import type { Call } from '../../../src/models/types.ts';
import { createWriter } from '../../../src/models/writer.ts';
import { plainPng } from '../../support/pictures.ts';
import type { Boundary } from '../boundary.ts';
import { hostileAnswer } from '../hostile-answers.ts';
import { startHostileServer } from '../hostile-server.ts';

const CATEGORY = { name: 'violence', keywords: ['storm'] };
/** As the engine does it: one try, with an end, and what was thrown in words. */
export const oneTry: Call = async (run) => {
  try {
    return await run({ signal: AbortSignal.timeout(400), report: () => undefined });
  } catch (error) {
    throw toModelError(error, { role: 'writer', provider: 'openai-compatible' });
  }
};

const RIGHT = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'A lamp on a table.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
};
const VECTORS = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2, 0.3] }],
  model: 'm',
  usage: { prompt_tokens: 1, total_tokens: 1 },
};

/** What a Writer, a Guide and an embedder answer, over HTTP. */
export const modelAnswers: Boundary = {
  name: 'model-answers',
  cases: 1_200,
  async open({ folder, canary }) {
    const server = await startHostileServer();
    const services = { ...(await modelServices(folder)), env: { KEY: canary } };
    const config = {
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      model: 'm',
      apiKeyEnv: 'KEY',
    };
    const asked = {
      config: { ...config, concurrency: 1, timeoutSeconds: 1, retries: 0, templates: {} },
      call: oneTry,
    };
    const writer = createWriter({
      ...asked,
      model: await createLanguageModel(config, 'writer', services),
      templates: await loadWriterTemplates({}, folder),
    });
    const guide = createGuide({
      ...asked,
      model: await createLanguageModel(config, 'guide', services),
      templates: await loadGuideTemplates({}, folder),
    });
    const embedder = createEmbedder(await createEmbeddingModel(config, services), config);
    const image = { bytes: plainPng(32, 32), mediaType: 'image/png' };
    return {
      async play(dice, note) {
        const kind = dice.int(6);
        const answer = hostileAnswer(kind === 5 ? VECTORS : RIGHT, canary, dice);
        note({ kind, answer });
        server.answer(() => answer);
        const request = { category: CATEGORY, seed: 1 };
        switch (kind) {
          case 0:
            return said(await writer.propose(request));
          case 1:
            return said(await writer.rewrite({ ...request, prompt: 'a lamp', instruction: 'more light' }));
          case 2:
            return said((await writer.decompose({ ...request, subject: 'lamp' })).join('\n'));
          case 3:
          case 4:
            return said(await guide.instruct({ ...request, prompt: 'a lamp', image }));
          default:
            return `${(await embedder.embed(['a lamp'], oneTry)).length} vectors`;
        }
      },
      close: () => server.close(),
    };
  },
};

function said(text: string): string {
  if (text.trim() === '' || text.length > 100_000) throw new Error(`${text.length} characters were taken`);
  return 'taken';
}
