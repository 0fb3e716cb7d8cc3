import type { ImageSubject, Judge, PromptSubject } from '../../../src/judges/judge.ts';
import { judgeServices } from '../../../src/judges/judge-fixtures.ts';
import { Picture } from '../../../src/judges/picture.ts';
import { IMAGE_JUDGES, PROMPT_JUDGES } from '../../../src/judges/registry.ts';
import { modelServices } from '../../../src/models/model-services.ts';
import { sightingsOf } from '../../support/canary.ts';
import { plainPng } from '../../support/pictures.ts';
import type { Boundary } from '../boundary.ts';
import { hostileAnswer } from '../hostile-answers.ts';
import { startHostileServer } from '../hostile-server.ts';

const chat = (content: string) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', logprobs: { content: [
    { token: 'Yes', logprob: -0.1, bytes: [89], top_logprobs: [{ token: 'Yes', logprob: -0.1 }, { token: 'No', logprob: -2 }] },
  ] } }],
}); // biome-ignore format: wide

/** What each service answers when all is well. */
const RIGHT: Readonly<Record<string, unknown>> = {
  http: { result: { score: 0.7, label: 'unsafe', flagged: true } },
  'openai-moderation': {
    id: 'm',
    model: 'omni',
    results: [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } }],
  },
  'azure-content-safety': {
    categoriesAnalysis: [{ category: 'Violence', severity: 4 }],
    blocklistsMatch: [],
  },
  'google-safe-search': {
    responses: [{ safeSearchAnnotation: { adult: 'LIKELY', violence: 'UNLIKELY', racy: 'POSSIBLE' } }],
  },
  'llama-guard': chat('unsafe\nS1'),
  rubric: chat('{"unsafe": true, "score": 0.9, "reason": "a storm"}'),
  'shield-gemma': chat('Yes'),
  'llava-guard': chat('{"rating": "Unsafe", "category": "O2", "rationale": "a storm"}'),
};

/** What judges at servers answer: moderation services, language models, any HTTP endpoint. */
export const judgeAnswers: Boundary = {
  name: 'judge-answers',
  cases: 1_000,
  async open({ folder, canary }) {
    const server = await startHostileServer();
    const services = judgeServices({ ...(await modelServices(folder)), env: { KEY: canary } });
    const at = { baseURL: server.url, apiKeyEnv: 'KEY' };
    const options = (name: string) => {
      switch (name) {
        case 'http':
          return { url: server.url, apiKeyEnv: 'KEY', scorePath: '$.result.score' };
        case 'rubric':
          return { ...at, model: 'm', rubric: 'Is it about the sea?' };
        case 'llama-guard':
        case 'shield-gemma':
        case 'llava-guard':
          return { ...at, model: 'm' };
        default:
          return at;
      }
    };
    const picture = new Picture(new Uint8Array(plainPng(64, 64)));
    const judges: { readonly name: string; ask(signal: AbortSignal): Promise<unknown> }[] = [];
    const put = <Subject extends ImageSubject | PromptSubject>(
      name: string,
      judge: Judge<Subject>,
      subject: Subject,
    ) => judges.push({ name, ask: (signal) => judge.judge([subject], { signal, report: () => undefined }) });
    for (const definition of PROMPT_JUDGES) {
      if (RIGHT[definition.name] === undefined) continue;
      const judge = await definition.create(options(definition.name), services);
      put(definition.name, judge, { kind: 'prompt', text: 'a lamp', category: 'violence' });
    }
    for (const definition of IMAGE_JUDGES) {
      if (RIGHT[definition.name] === undefined) continue;
      const judge = await definition.create(options(definition.name), services);
      put(definition.name, judge, { kind: 'image', picture, category: 'violence' });
    }
    return {
      async play(dice, note) {
        const judge = dice.pick(judges);
        const answer = hostileAnswer(RIGHT[judge.name], canary, dice);
        note({ judge: judge.name, answer });
        server.answer(() => answer);
        const signal = AbortSignal.timeout(400);
        const judgements = await judge.ask(signal).catch((error: unknown) => {
          // Whoever stops a request hears of that.
          if (error === signal.reason) return [];
          throw error;
        });
        if (sightingsOf(canary, JSON.stringify(judgements)).length > 0)
          throw new Error('the canary is in a judgement');
        return judge.name;
      },
      close: () => server.close(),
    };
  },
};
