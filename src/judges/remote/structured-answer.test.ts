import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AskModel, ModelQuestion } from './ask-model.ts';
import { someCall } from './remote-fixtures.ts';
import { askForObject, findObject } from './structured-answer.ts';

describe('findObject', () => {
  it.each([
    ['the whole answer', '{"a": 1}', { a: 1 }],
    ['a code fence', 'Here it is:\n```json\n{"a": {"b": "}"}}\n```\nDone.', { a: { b: '}' } }],
    ['braces in words before it', 'The set {x, y} is {"a": "\\"{"}', { a: '"{' }],
    ['a brace that never ends', 'He said { and then {"a": 2} was it', { a: 2 }],
    ['thoughts with an object of their own', '<think>maybe {"a": 0}</think>{"a": 3}', { a: 3 }],
    ['the last of several', '{"a": 1} no, rather {"a": 4}', { a: 4 }],
    ['none', 'I will not judge this.', undefined],
    ['nothing', '', undefined],
    ['a broken one', '{"a": 1', undefined],
  ])('finds %s', (_, text, expected) => expect(findObject(text)).toEqual(expected));

  it('gives up on an answer of braces, fast', () => {
    const started = performance.now();
    expect(findObject('{'.repeat(1_000_000))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('askForObject', () => {
  const schema = z.object({ unsafe: z.boolean() });
  const asking = (answers: readonly string[], finishReason = 'stop') => {
    const questions: ModelQuestion[] = [];
    const ask: AskModel = async (question) => {
      questions.push(question);
      return { text: answers[questions.length - 1] ?? '', finishReason, body: undefined };
    };
    const question = { messages: [{ role: 'user' as const, content: 'well?' }], maxOutputTokens: 9 };
    return { questions, answer: askForObject(ask, question, schema, someCall()) };
  };

  it('asks once where the answer fits', async () => {
    const { answer, questions } = asking(['{"unsafe": true}']);
    expect(await answer).toEqual({ success: true, data: { unsafe: true } });
    expect(questions).toHaveLength(1);
  });

  it('asks once more, and says what was wrong', async () => {
    const { answer, questions } = asking(['{"unsafe": "yes"}', '{"unsafe": false}']);
    expect(await answer).toEqual({ success: true, data: { unsafe: false } });
    const [, second] = questions;
    expect(second?.messages).toMatchObject([
      { role: 'user', content: 'well?' },
      { role: 'assistant', content: '{"unsafe": "yes"}' },
      { role: 'user', content: expect.stringMatching(/expected boolean.*unsafe/) },
    ]);
  });

  it('gives up after the second answer, and says why', async () => {
    const { answer, questions } = asking(['', 'no \u001b[31m'], 'length');
    expect(await answer).toEqual({
      success: false,
      problem: expect.stringMatching(/"no".*no JSON.*cut off/),
    });
    expect(questions).toHaveLength(2);
  });
});
