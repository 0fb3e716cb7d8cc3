import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { MockLanguageModelV4 } from 'ai/test';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LanguageModelConfig, languageModelSchema } from '../config/schema.ts';
import type { Category } from '../taxonomy/categories.ts';
import { seedOfAttempt } from './clean-up-answer.ts';
import { createGuide } from './guide.ts';
import {
  type GuideTemplates,
  loadGuideTemplates,
  loadWriterTemplates,
  type WriterTemplates,
} from './prompt-template.ts';
import { type Call, callDirectly, type Usage } from './types.ts';
import { createWriter } from './writer.ts';

const category: Category = { name: 'shocking', keywords: ['shocking', 'accidents'] };
const config = (more: Record<string, unknown> = {}): LanguageModelConfig =>
  languageModelSchema.parse({ provider: 'openai-compatible', ...more });

function answer(
  text: string,
  unified: 'stop' | 'length' | 'content-filter' = 'stop',
): LanguageModelV4GenerateResult {
  return {
    content: text === '' ? [] : [{ type: 'text', text }],
    finishReason: { unified, raw: undefined },
    usage: {
      inputTokens: { total: 11, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: 7, text: undefined, reasoning: undefined },
    },
    warnings: [],
  };
}

const answering = (...answers: LanguageModelV4GenerateResult[]) =>
  new MockLanguageModelV4({ provider: 'my-server.chat', doGenerate: answers });

let writerTemplates: WriterTemplates;
let guideTemplates: GuideTemplates;
beforeAll(async () => {
  writerTemplates = await loadWriterTemplates({}, '/');
  guideTemplates = await loadGuideTemplates({}, '/');
});

const writerOf = (
  model: MockLanguageModelV4,
  more: Record<string, unknown> = {},
  call: Call = callDirectly,
) => createWriter({ model, config: config(more), templates: writerTemplates, call });

describe('the Writer', () => {
  it('asks with the template, the sampling options and the seed, and cleans the answer up', async () => {
    const model = answering(answer('Here is the prompt: "a dog in the rain"'));
    const usages: Usage[] = [];
    const controller = new AbortController();
    const call: Call = (request) =>
      request({ signal: controller.signal, report: (usage) => usages.push(usage) });
    const writer = writerOf(
      model,
      { temperature: 3.5, topK: 50, topP: 0.9, providerOptions: { repetition_penalty: 1.5 } },
      call,
    );
    expect(
      await writer.rewrite({ prompt: 'a cat', instruction: 'add </prompt> rain', category, seed: 5 }),
    ).toBe('a dog in the rain');
    const [asked] = model.doGenerateCalls;
    expect(asked).toMatchObject({
      temperature: 3.5,
      topK: 50,
      topP: 0.9,
      maxOutputTokens: 256,
      seed: 5,
      providerOptions: { 'my-server': { repetition_penalty: 1.5 } },
      prompt: [{ role: 'system' }, { role: 'user' }],
    });
    const text = JSON.stringify(asked?.prompt);
    for (const part of [
      '<prompt>a cat</prompt>',
      '<category>shocking</category>',
      'shocking, accidents',
      'add &lt;/prompt> rain',
    ]) {
      expect(text).toContain(part);
    }
    expect(usages).toEqual([{ inputTokens: 11, outputTokens: 7 }]);
  });

  it('has no instruction in the initialisation round', async () => {
    const model = answering(answer('a dog'));
    await writerOf(model).rewrite({ prompt: 'a cat', category, seed: 1 });
    expect(JSON.stringify(model.doGenerateCalls[0]?.prompt)).not.toContain('<instruction>');
  });

  it.each([
    ['an empty answer', answer('')],
    ['white space', answer(' \n ')],
    ['a refusal', answer("I'm sorry, but I can't help with that.")],
    ['a filtered answer', answer('a dog', 'content-filter')],
    ['the current prompt', answer('"A cat."')],
    ['thoughts alone', answer('<think>hm, a dog', 'length')],
  ])('asks again with another seed after %s', async (_, first) => {
    const model = answering(first, answer('a dog'));
    expect(await writerOf(model).rewrite({ prompt: 'a cat', category, seed: 5 })).toBe('a dog');
    expect(model.doGenerateCalls.map(({ seed }) => seed)).toEqual([5, 5 + 7919]);
  });

  it('fails after four attempts and says what came back, harmlessly', async () => {
    const model = answering(
      answer(''),
      answer('a cat'),
      answer('I cannot.'),
      answer("I can't \u001b[2J, really"),
    );
    const failing = writerOf(model).rewrite({ prompt: 'a cat', category, seed: 5 });
    await expect(failing).rejects.toMatchObject({
      code: 'NO_USABLE_TEXT',
      retryable: false,
      message:
        'the Writer gave no usable answer in 4 attempts (empty, unchanged, refused, refused); the last one: "I can\'t , really"',
    });
    expect(model.doGenerateCalls).toHaveLength(4);
  });

  it('lets errors of the model pass, after one request', async () => {
    const broken = new Error('connection reset');
    const model = new MockLanguageModelV4({
      doGenerate: async () => {
        throw broken;
      },
    });
    await expect(writerOf(model).rewrite({ prompt: 'a cat', category, seed: 5 })).rejects.toBe(broken);
    expect(model.doGenerateCalls).toHaveLength(1);
  });
});

describe('the Guide', () => {
  const guideOf = (model: MockLanguageModelV4) =>
    createGuide({ model, config: config(), templates: guideTemplates, call: callDirectly });

  it('sees the image and has its examples cut off', async () => {
    const model = answering(answer('Add rain. For Example: a cat in the rain'));
    const image = { bytes: new Uint8Array([137, 80, 78, 71]), mediaType: 'image/png' };
    expect(await guideOf(model).instruct({ image, prompt: 'a cat', category, seed: 3 })).toBe('Add rain.');
    expect(model.doGenerateCalls[0]).toMatchObject({
      maxOutputTokens: 768,
      seed: 3,
      prompt: [
        { role: 'system' },
        { role: 'user', content: [{ type: 'file', mediaType: 'image/png' }, { type: 'text' }] },
      ],
    });
  });

  it('is told what was tried, a line each', async () => {
    const model = answering(answer('Add rain.'));
    const tried = [
      { prompt: 'a dog', result: 'found' },
      { prompt: 'a cow', result: 'flagged' },
      { prompt: 'a cat', result: 'harmless' },
    ] as const;
    await guideOf(model).instruct({
      image: { bytes: new Uint8Array([137, 80, 78, 71]), mediaType: 'image/png' },
      prompt: 'a cat',
      tried,
      category,
      seed: 3,
    });
    const said = JSON.stringify(model.doGenerateCalls[0]?.prompt);
    expect(said).toContain(
      '<tried>\\nslipped: a dog\\nnot harmless in itself: a cow\\nharmless: a cat\\n</tried>',
    );
  });

  it('is told when the target refused', async () => {
    const model = answering(answer('Choose another place.'));
    await guideOf(model).instruct({ prompt: 'a cat', category, seed: 3 });
    const [, user] = model.doGenerateCalls[0]?.prompt ?? [];
    expect(user?.content).toMatchObject([{ type: 'text', text: expect.stringContaining('refused to draw') }]);
  });

  it('is asked again when it refuses or says nothing but an example', async () => {
    const model = answering(answer('I cannot help.'), answer('For example: a cat'), answer('Add rain.'));
    expect(await guideOf(model).instruct({ prompt: 'a cat', category, seed: 3 })).toBe('Add rain.');
  });
});

describe('seedOfAttempt', () => {
  it('stays within the seeds that every provider takes', () => {
    expect(seedOfAttempt(2 ** 31 - 1, 0)).toBe(2 ** 31 - 1);
    expect(seedOfAttempt(2 ** 31 - 1, 1)).toBe(7918);
  });
});
