import { createComfyuiImageModel } from '../../../src/models/comfyui-image-model.ts';
import { parseWorkflow } from '../../../src/models/comfyui-workflow.ts';
import { modelServices } from '../../../src/models/model-services.ts';
import { createImageModel } from '../../../src/models/providers.ts';
import { createPublicFetch } from '../../../src/models/public-fetch.ts';
import { rememberSecret } from '../../../src/models/redact.ts';
import { createTarget } from '../../../src/models/target.ts';
import { sightingsOf } from '../../support/canary.ts';
import { plainPng } from '../../support/pictures.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileAnswer } from '../hostile-answers.ts';
import { startHostileServer } from '../hostile-server.ts';
import { hostileText, jsonText, mutateBytes, mutateJson } from '../mutations.ts';
import { oneTry } from './model-answers.ts';

const PICTURE = plainPng(64, 64);

/** What a target answers by OpenAI's and AUTOMATIC1111's protocols, and the addresses that it names. */
export const pictureAnswers: Boundary = {
  name: 'picture-answers',
  cases: 1_000,
  async open({ folder, canary }) {
    const server = await startHostileServer();
    const services = {
      ...(await modelServices(folder)),
      env: { KEY: canary },
      // Names mean this machine, which is no public address.
      publicFetch: () => createPublicFetch({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] }),
    };
    const targets = await Promise.all(
      ['openai-compatible', 'automatic1111'].map(async (provider) => {
        const config = {
          provider,
          baseURL: server.url,
          model: 'm',
          apiKeyEnv: 'KEY',
          imageHosts: ['*.example.org'],
        };
        const model = await createImageModel(config, services);
        return createTarget({ model, config, call: oneTry, onWarning: (text) => refuseCanary(text, canary) });
      }),
    );
    return {
      async play(dice, note) {
        const target = dice.pick(targets);
        const answer = hostileAnswer(rightAnswer(server.url, dice), canary, dice);
        const picture = dice.chance(0.5) ? PICTURE : mutateBytes(PICTURE, dice);
        note({ answer, picture });
        server.answer(({ method }) =>
          method === 'POST'
            ? answer
            : { status: 200, headers: { 'content-type': 'image/png' }, body: picture },
        );
        const drawing = await target.draw({ prompt: 'a lamp', seed: 7 });
        if (drawing.outcome === 'refused') refuseCanary(drawing.reason, canary);
        return drawing.outcome;
      },
      close: () => server.close(),
    };
  },
};

function rightAnswer(own: string, dice: Dice): unknown {
  const picture = (dice.chance(0.5) ? PICTURE : mutateBytes(PICTURE, dice)).toString('base64');
  const address = dice.pick([
    `${own}/files/a.png`,
    'http://127.0.0.1:1/a.png',
    'http://images.example.org/a.png',
    'https://elsewhere.example.net/a.png',
    `http://localhost:${new URL(own).port}/a.png`,
    'file:///etc/passwd',
    `data:image/png;base64,${picture}`,
    'data:text/html,hello',
    hostileText(dice),
  ] as const);
  return dice.pick([
    { created: 1, data: [{ b64_json: picture }] },
    { created: 1, data: [{ url: address }], usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
    { images: [picture], parameters: {}, info: JSON.stringify({ seed: 7, all_seeds: [7] }) },
    { images: [`data:image/png;base64,${picture}`, picture], info: { seed: 7 } },
  ] as const);
}

function refuseCanary(text: string, canary: string): void {
  const [seen] = sightingsOf(canary, text);
  if (seen !== undefined) throw new Error(`the canary is in ${JSON.stringify(seen)}`);
}

const WORKFLOW = {
  3: { class_type: 'KSampler', inputs: { seed: '{{seed}}', positive: ['6', 0] } },
  6: { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}' } },
  9: { class_type: 'SaveImage', inputs: { images: ['3', 0] } },
};

/** What ComfyUI answers over HTTP and says over its web socket, and workflow files. */
export const comfyuiAnswers: Boundary = {
  name: 'comfyui-answers',
  cases: 500,
  async open({ folder, canary }) {
    rememberSecret(canary);
    const server = await startHostileServer();
    const model = createComfyuiImageModel({
      baseURL: server.url,
      workflow: parseWorkflow(JSON.stringify(WORKFLOW), 'workflow.json'),
      fetch: (await modelServices(folder)).fetch,
      headers: { authorization: `Bearer ${canary}` },
      pollMs: 5,
      safetyPollMs: 20,
    });
    const target = createTarget({
      model,
      config: { provider: 'comfyui', baseURL: server.url },
      call: (run) => run({ signal: AbortSignal.timeout(120), report: () => undefined }),
    });
    return {
      async play(dice, note) {
        if (dice.chance(0.3)) {
          const text = jsonText(mutateJson(WORKFLOW, dice), dice);
          note(text);
          const values = { prompt: hostileText(dice), seed: 7 };
          return typeof parseWorkflow(text, 'workflow.json').fill(values);
        }
        // Most of it is right, so that the later answers are come to.
        const broken = dice.pick(['/prompt', '/history', '/queue', '/view', 'socket', 'nothing'] as const);
        const news = JSON.stringify({ type: 'execution_success', data: { prompt_id: 'p' } });
        const said = broken === 'socket' ? hostileNews(news, dice) : [news];
        const wrong = hostileAnswer(rightOf(broken), canary, dice);
        note({ broken, wrong, said });
        server.say(said);
        server.answer(({ path }) => {
          const place = Object.keys(RIGHT).find((one) => path.startsWith(one)) ?? '/queue';
          if (place === broken) return wrong;
          const right = rightOf(place);
          const body = right instanceof Uint8Array ? Buffer.from(right) : Buffer.from(JSON.stringify(right));
          return { status: 200, headers: { 'content-type': 'application/json' }, body };
        });
        return (await target.draw({ prompt: 'a lamp', seed: 7 })).outcome;
      },
      close: () => server.close(),
    };
  },
};

const RIGHT: Readonly<Record<string, unknown>> = {
  '/prompt': { prompt_id: 'p', number: 1, node_errors: {} },
  '/history': {
    p: {
      outputs: { 9: { images: [{ filename: 'a.png', subfolder: '', type: 'output' }] } },
      status: { status_str: 'success', completed: true, messages: [['execution_start', { prompt_id: 'p' }]] },
    },
  },
  '/queue': { queue_running: [[1, 'p', {}, {}, []]], queue_pending: [] },
  '/view': PICTURE,
};

function rightOf(place: string): unknown {
  return RIGHT[place] ?? {};
}

function hostileNews(news: string, dice: Dice): (string | Buffer)[] {
  return Array.from({ length: 1 + dice.int(4) }, () =>
    dice.pick([
      jsonText(mutateJson(JSON.parse(news), dice), dice),
      dice.bytes(dice.int(100)),
      'a'.repeat(100_000),
      hostileText(dice),
      news,
    ] as const),
  );
}
