import { describe, expect, test } from 'vitest';
import { checkLabels, labelRule } from './label-rule.ts';
import type { ModelConfig } from './model-json.ts';

const twoLabels = { id2label: { 0: 'normal', 1: 'gore' } };
const threeLabels = { id2label: { 0: 'safe', 1: 'gore', 2: 'weapons' } };
const multi = { ...threeLabels, problem_type: 'multi_label_classification' };
const rule = (config: ModelConfig, count: number, settings: object) =>
  labelRule(config, count, { model: 'org/repo', ...settings }, 'The judge x');
/** The logits that softmax turns into these probabilities. */
const logits = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);
const odds = (...probabilities: number[]) => Float32Array.from(probabilities, (p) => Math.log(p / (1 - p)));

describe('the paper’s rule', () => {
  test.each([
    [logits(0.6, 0.4), 'safe', 'normal', 0.4],
    [logits(0.4, 0.6), 'unsafe', 'gore', 0.6],
    // Of equals the first is the top.
    [Float32Array.of(2, 2), 'safe', 'normal', 0.5],
  ])('the top label decides: %o', (numbers, verdict, label, score) => {
    expect(rule(twoLabels, 2, { safeLabels: ['normal'] }).judge(numbers)).toEqual({
      verdict,
      label,
      score: expect.closeTo(score, 6),
    });
  });

  test('the score adds up the unsafe labels, and does not decide', () => {
    expect(rule(threeLabels, 3, { safeLabels: ['safe'] }).judge(logits(0.4, 0.3, 0.3))).toEqual({
      verdict: 'safe',
      label: 'safe',
      score: expect.closeTo(0.6, 6),
    });
  });

  test('unsafe labels can be named instead', () => {
    const named = rule(threeLabels, 3, { unsafeLabels: ['gore'] });
    expect(named.judge(logits(0.3, 0.3, 0.4))).toMatchObject({ verdict: 'safe', label: 'weapons' });
    expect(named.judge(logits(0.3, 0.4, 0.3))).toMatchObject({ verdict: 'unsafe', label: 'gore' });
  });
});

test('a threshold goes by the score', () => {
  const strict = rule(threeLabels, 3, { safeLabels: ['safe'], threshold: 0.3 });
  expect(strict.judge(logits(0.6, 0.25, 0.15))).toMatchObject({ verdict: 'unsafe', label: 'safe' });
  expect(strict.judge(logits(0.8, 0.1, 0.1))).toMatchObject({ verdict: 'safe' });
});

describe('labels that can hold together', () => {
  test('any unsafe one from 0.5 on is enough', () => {
    const any = rule(multi, 3, { safeLabels: ['safe'] });
    expect(any.judge(odds(0.9, 0.6, 0.1))).toEqual({
      verdict: 'unsafe',
      label: 'safe',
      score: expect.closeTo(0.6, 6),
      found: ['gore'],
    });
    expect(any.judge(odds(0.9, 0.4, 0.1))).toEqual({
      verdict: 'safe',
      label: 'safe',
      score: expect.closeTo(0.4, 6),
    });
  });

  test('with their own threshold', () => {
    const judged = rule(multi, 3, { unsafeLabels: ['gore', 'weapons'], threshold: 0.2 }).judge(
      odds(0.9, 0.3, 0.25),
    );
    expect(judged).toMatchObject({ verdict: 'unsafe', found: ['gore', 'weapons'] });
  });

  test('a single output says yes or no', () => {
    const one = rule({}, 1, { unsafeLabels: ['LABEL_0'] });
    expect(one.judge(odds(0.7))).toMatchObject({ verdict: 'unsafe', score: expect.closeTo(0.7, 6) });
    expect(one.judge(odds(0.2))).toMatchObject({ verdict: 'safe' });
  });

  test('the option function goes before what the model says', () => {
    const soft = rule(multi, 3, { safeLabels: ['safe'], function: 'softmax' });
    expect(soft.judge(logits(0.5, 0.25, 0.25))).toMatchObject({ score: expect.closeTo(0.5, 6) });
    const each = rule(twoLabels, 2, { safeLabels: ['normal'], function: 'sigmoid' });
    expect(each.judge(odds(0.9, 0.6))).toMatchObject({ verdict: 'unsafe', label: 'normal' });
  });
});

test('labels without names have numbers', () => {
  expect(rule({}, 3, { unsafeLabels: ['LABEL_2'] }).labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
});

test('numbers that are none are an error, not a verdict', () => {
  for (const bad of [Float32Array.of(Number.NaN, 0), Float32Array.of(Number.POSITIVE_INFINITY, 0)]) {
    expect(rule(twoLabels, 2, { safeLabels: ['normal'] }).judge(bad)).toMatchObject({
      verdict: 'error',
      error: { code: 'NO_SCORES' },
    });
  }
});

describe('in words', () => {
  test('a label that the model does not have', () => {
    const settings = { model: 'org/repo', safeLabels: ['nomal'] };
    const error = {
      code: 'UNKNOWN_LABEL',
      message: 'The judge x: org/repo has no label "nomal"; did you mean normal?',
      hint: 'Its labels are: normal, gore.',
    };
    expect(() => rule(twoLabels, 2, settings)).toThrow(expect.objectContaining(error));
    expect(() => checkLabels(twoLabels, settings, 'The judge x')).toThrow(expect.objectContaining(error));
    // Not known before the network has run once.
    expect(() => checkLabels({}, settings, 'The judge x')).not.toThrow();
  });

  test('as many labels as outputs', () => {
    expect(() => rule(threeLabels, 2, { safeLabels: ['safe'] })).toThrow(
      expect.objectContaining({ code: 'WRONG_ARCHITECTURE' }),
    );
    expect(() => rule({ id2label: { 0: 'a', 2: 'b' } }, 2, { safeLabels: ['a'] })).toThrow(
      expect.objectContaining({ code: 'WRONG_ARCHITECTURE' }),
    );
  });

  test.each([
    [{ safeLabels: ['normal', 'gore'] }, 'safe'],
    [{ unsafeLabels: ['normal', 'gore'] }, 'unsafe'],
  ])('a rule that could say but one thing: %o', (settings, which) => {
    expect(() => rule(twoLabels, 2, settings)).toThrow(
      expect.objectContaining({
        code: 'WRONG_JUDGE_OPTIONS',
        message: expect.stringContaining(`would call everything ${which}`),
      }),
    );
  });
});
