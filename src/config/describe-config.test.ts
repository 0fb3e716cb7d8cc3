import { expect, test } from 'vitest';
import type { PromptJudge } from '../judges/judge.ts';
import { configHash, recordedConfig } from './describe-config.ts';
import { validateConfig } from './validate-config.ts';

const validate = (input: object) => validateConfig(input, { env: { MY_KEY: 'x' } });

test('a configuration is recorded as JSON, with the name of the key and not the key', () => {
  const config = validate({
    preset: 'sandbox',
    $schema: './art.schema.json',
    writer: { apiKeyEnv: 'MY_KEY' },
  });
  const recorded = recordedConfig(config);
  expect(JSON.parse(JSON.stringify(recorded))).toEqual(recorded);
  expect(recorded).toMatchObject({ preset: 'sandbox', writer: { provider: 'sandbox', apiKeyEnv: 'MY_KEY' } });
  expect(recorded.$schema).toBeUndefined();
});

test('code of the user is recorded by name and plain options, without its secrets', () => {
  class Remote implements PromptJudge {
    readonly name = 'remote';
    readonly subject = 'prompt';
    readonly batchSize = 4;
    readonly connection = { host: 'somewhere' };
    async judge() {
      return [];
    }
  }
  const plain = {
    name: 'plain',
    subject: 'prompt',
    batchSize: 2,
    apiKey: 'a-key',
    threshold: 0.5,
    judge: async () => [],
  };
  const strategy = { name: 'seasons', years: 3, converse: async () => undefined };
  const config = validate({ preset: 'sandbox', strategy, judges: { prompt: [new Remote(), plain] } });
  expect(recordedConfig(config)).toMatchObject({
    strategy: { name: 'seasons', years: 3 },
    judges: {
      prompt: [
        { name: 'remote', subject: 'prompt' },
        { name: 'plain', threshold: 0.5 },
      ],
    },
  });
  expect(JSON.stringify(recordedConfig(config))).not.toMatch(/a-key|somewhere|converse/);
});

test('the hash follows what is said, not the order in which it is said', () => {
  const one = validate({ preset: 'sandbox', rounds: 3, writer: { topK: 1, topP: 0.5 } });
  const same = validate({ writer: { topP: 0.5, topK: 1 }, rounds: 3, preset: 'sandbox' });
  const other = validate({ preset: 'sandbox', rounds: 4, writer: { topK: 1, topP: 0.5 } });
  expect(configHash(one)).toMatch(/^[0-9a-f]{64}$/);
  expect(configHash(same)).toBe(configHash(one));
  expect(configHash(other)).not.toBe(configHash(one));
});
