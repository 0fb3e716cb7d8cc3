import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../../src/config/load-config.ts';
import { validateConfig } from '../../../src/config/validate-config.ts';
import { KNOWN_NAMES } from '../../../src/red-team.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileValue, mutateJson, mutateText } from '../mutations.ts';

const ENDPOINT = { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:8000/v1', model: 'm' };

/** Configurations that are right, with every key in one of them. */
const SAMPLES = [
  { preset: 'sandbox' },
  {
    preset: 'quick',
    target: { provider: 'sandbox' },
    writer: ENDPOINT,
    guide: ENDPOINT,
    judges: { image: ['sandbox'] },
  },
  {
    name: 'whole',
    target: {
      ...ENDPOINT,
      size: '512x512',
      guidance: 7.5,
      steps: 20,
      sampler: 'Euler',
      negativePrompt: 'blurry',
      imageHosts: ['*.example.org', 'images.example.net:8443'],
      apiKeyEnv: 'ART_FUZZ_CANARY',
      concurrency: 2,
      requestsPerMinute: 60,
      timeoutSeconds: 30,
      retries: 1,
      price: { perRequest: 0.01, currency: 'EUR' },
      providerOptions: { style: 'vivid', nested: { deep: [1, 2, { three: true }] } },
    },
    writer: { ...ENDPOINT, temperature: 1, topK: 50, topP: 0.9, maxOutputTokens: 100, username: 'me', passwordEnv: 'HOME' },
    guide: ENDPOINT,
    judges: {
      prompt: ['lexicon', { name: 'mine', type: 'rubric', ...ENDPOINT, rubric: 'Is it about the sea?' }],
      image: ['sandbox', { name: 'http', url: 'http://127.0.0.1:1/', scorePath: '$.score', }],
      verdict: { prompt: 'any', image: { weights: { sandbox: 1, http: 2 }, threshold: 1 } },
    },
    strategy: { name: 'art', memory: 3 },
    categories: ['violence', { name: 'gambling', keywords: ['betting'] }],
    conversations: 2,
    rounds: 3,
    imagesPerPrompt: 1,
    evaluate: 'safe',
    sweep: { guidance: [1, 2], size: ['256x256'] },
    embedder: { name: 'minilm', weights: 'a/b', revision: 'main' },
    startPrompts: { file: 'art.yaml', column: 'prompt', limit: 3 },
    seed: 7,
  },
]; // biome-ignore format: wide

/** What only code can put into a configuration. */
function strangeObject(dice: Dice): unknown {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle.self = circle;
  return dice.pick([
    () => undefined,
    Symbol('a'),
    10n,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    new Map([['a', 1]]),
    new Uint8Array(3),
    /a/,
    Object.create(null),
    circle,
    new Array<unknown>(3),
    { name: 'own', judge: 'not a function', subject: 'image' },
    { name: 'own', converse: 1 },
    Promise.resolve(1),
  ] as const);
}

/** Configuration as objects of code, and as files of YAML, JSON and TypeScript. */
export const configuration: Boundary = {
  name: 'configuration',
  cases: 2_600,
  async open({ folder, canary }) {
    const env = { ...process.env };
    let files = 0;
    return {
      async play(dice, note) {
        let made = dice.chance(0.05) ? hostileValue(dice) : mutateJson(dice.pick(SAMPLES), dice);
        if (dice.chance(0.1)) made = putIn(made, strangeObject(dice), dice);
        // Somebody pastes the key where its name belongs.
        if (dice.chance(0.1))
          made = putIn(made, `${dice.pick(['', 'Bearer ', 'http://me:'])}${canary}`, dice);
        note(made);
        if (dice.chance(0.7)) {
          validateConfig(made, { ...KNOWN_NAMES, env });
          return 'taken';
        }
        const kind = dice.pick(['yaml', 'yaml', 'yaml', 'json', 'ts'] as const);
        const text = dice.chance(0.1) ? hostileYaml(dice) : textOf(made, kind, dice);
        note(text);
        // Code is loaded once a file name.
        const name = kind === 'ts' ? `art-${files++}.config.ts` : `art.${kind}`;
        writeFileSync(join(folder, name), text);
        await loadConfig({ ...KNOWN_NAMES, path: name, cwd: folder, env });
        return 'loaded';
      },
      close: async () => undefined,
    };
  },
};

/** In the place of some value. */
function putIn(value: unknown, what: unknown, dice: Dice): unknown {
  if (typeof value !== 'object' || value === null) return what;
  const keys = Object.keys(value);
  const key = dice.pick(['name', ...keys]);
  const inner: unknown = Reflect.get(value, key);
  const put =
    typeof inner === 'object' && inner !== null && dice.chance(0.7) ? putIn(inner, what, dice) : what;
  return Array.isArray(value) ? [put, ...value.slice(1)] : { ...value, [key]: put };
}

function textOf(made: unknown, kind: 'yaml' | 'json' | 'ts', dice: Dice): string {
  let text: string;
  try {
    text = kind === 'yaml' ? stringify(made) : (JSON.stringify(made, null, 2) ?? '');
  } catch {
    // What cannot be written down has been an object's business above.
    text = 'preset: sandbox';
  }
  if (kind === 'ts') return `export default ${text === '' ? 'undefined' : text} as never;`;
  return dice.chance(0.5) ? mutateText(text, dice) : text;
}

function hostileYaml(dice: Dice): string {
  const bomb = Array.from(
    { length: 12 },
    (_, n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(n === 0 ? 0 : 9)}1]`,
  );
  return dice.pick([
    bomb.join('\n'),
    `a: &a [*a]`,
    `${'- '.repeat(3_000)}1`,
    `${'['.repeat(5_000)}`,
    `${'{a: '.repeat(2_000)}`,
    '!!js/function "function(){}"',
    '!!binary aGVsbG8=',
    '<<: *nobody',
    'a: &x {<<: *x}',
    '%YAML 9.9\n---\npreset: sandbox',
    'preset: sandbox\n---\npreset: sandbox',
    `"${'\\u0000'.repeat(50)}": 1`,
    `? [a, b]\n: 1`,
    `preset: sandbox\n${'#'.repeat(100_000)}`,
    '__proto__: { preset: sandbox }',
    `key: ${'9'.repeat(5_000)}`,
  ]);
}
