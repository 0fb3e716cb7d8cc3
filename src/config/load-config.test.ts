import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KNOWN_NAMES, LIBRARY_URL, refusalOf, temporaryFolder } from './config-fixtures.ts';
import { loadConfig } from './load-config.ts';

const load = (cwd: string, path?: string, env = {}) =>
  loadConfig({ cwd, env, libraryUrl: LIBRARY_URL, ...KNOWN_NAMES, ...(path === undefined ? {} : { path }) });

const refusal = async (name: string, text: string) => {
  const cwd = await temporaryFolder({ [name]: text });
  return refusalOf(() => load(cwd));
};

describe('finding', () => {
  test('prefers art.config.ts in the folder, and takes a file or a folder as well', async () => {
    const cwd = await temporaryFolder({
      'art.config.ts': "export default { preset: 'sandbox', name: 'a' };",
      'art.yaml': 'preset: sandbox\nname: b\n',
      'sub/art.json': '{ "preset": "sandbox", "name": "c", }',
    });
    expect((await load(cwd)).config.name).toBe('a');
    expect((await load(cwd, 'art.yaml')).config.name).toBe('b');
    expect(await load(cwd, 'sub')).toMatchObject({
      config: { name: 'c' },
      file: join(cwd, 'sub/art.json'),
      directory: join(cwd, 'sub'),
    });
  });

  test('says that there is none, and what to do', async () => {
    const cwd = await temporaryFolder({ 'art.yaml': '', 'notes.txt': '' });
    const sub = await temporaryFolder({});
    const none = await refusalOf(() => load(sub));
    expect(none).toMatchObject({ code: 'CONFIG_NOT_FOUND', exitCode: 2 });
    expect(none.hint).toContain('art init');
    expect((await refusalOf(() => load(cwd, 'art.yml'))).message).toContain('did you mean art.yaml?');
    expect((await refusalOf(() => load(cwd, 'notes.txt'))).hint).toContain('.yaml');
  });
});

describe('TypeScript and JavaScript', () => {
  test.each<[string, Record<string, string>]>([
    [
      'art is this ART, without node_modules, whatever package.json says',
      {
        'package.json': '{ "type": "commonjs" }',
        'name.ts': "export const name: string = 'x';",
        'art.config.ts':
          "import { defineConfig } from 'art';\nimport { name } from './name.ts';\nexport default defineConfig({ preset: 'sandbox', name });",
      },
    ],
    ['a function', { 'art.config.mts': "export default () => ({ preset: 'sandbox', name: 'x' });" }],
    [
      'an async function',
      { 'art.config.js': "export default async () => ({ preset: 'sandbox', name: 'x' });" },
    ],
    ['a promise', { 'art.config.mjs': "export default Promise.resolve({ preset: 'sandbox', name: 'x' });" }],
    ['CommonJS', { 'art.config.js': "module.exports = { preset: 'sandbox', name: 'x' };" }],
  ])('%s', async (_what, files) => {
    expect((await load(await temporaryFolder(files))).config.name).toBe('x');
  });

  /** Loads in a Node of its own, as `art` does: vitest puts its own loader in the place of `import()`. */
  const loadInNode = async (text: string, options: object): Promise<string> => {
    const cwd = await temporaryFolder({ 'art.config.ts': text });
    const url = new URL('./load-config.ts', import.meta.url).href;
    const program = `const { loadConfig } = await import(${JSON.stringify(url)});
      process.stdout.write((await loadConfig(${JSON.stringify({ cwd, env: {}, ...options })})).config.name);`;
    const node = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    return (await node).stdout;
  };

  test('top-level await', async () => {
    const text = `import { defineConfig } from 'art';
      const name: string = await Promise.resolve('x');
      export default defineConfig({ preset: 'sandbox', name });`;
    expect(await loadInNode(text, { libraryUrl: LIBRARY_URL })).toBe('x');
  });

  test('art is the whole library, not only defineConfig', async () => {
    const text = `import { BUILT_IN_CATEGORIES, defineConfig } from 'art';
      export default defineConfig({ preset: 'sandbox', name: BUILT_IN_CATEGORIES[0]?.name ?? '' });`;
    expect(await loadInNode(text, {})).toBe('hate');
  });

  test.each<[string, string, string, string, number | undefined]>([
    ['TypeScript', 'art.config.ts', 'export default {\n  a: ;\n};', 'CONFIG_SYNTAX', 2],
    ['an enum', 'art.config.ts', '\n\nenum Season { Spring }\n', 'CONFIG_SYNTAX', 3],
    ['JavaScript', 'art.config.mjs', 'export default {\n  a: ;\n};', 'CONFIG_SYNTAX', 2],
    ['an error', 'art.config.ts', "const a: number = 1;\nthrow new Error('no');", 'CONFIG_FAILED', 2],
    ['a missing package', 'art.config.ts', "import 'no-such-package-here';", 'CONFIG_FAILED', undefined],
    ['no default export', 'art.config.ts', 'export const config = {};', 'CONFIG_INVALID', undefined],
  ])('%s: where and what', async (_what, name, text, code, line) => {
    const error = await refusal(name, text);
    expect(error.code).toBe(code);
    expect(error.problems[0]?.line).toBe(line);
    expect(error.message).toContain(line === undefined ? `${name}: ` : `${name}:${line}: `);
  });

  test('a syntax error beside a key, or an error with one, does not show it', async () => {
    const key = 'sk-abcdefghijklmnop1234';
    for (const text of [`export default { a: '${key}' '${key}' };`, `throw new Error('bad key ${key}');`]) {
      const error = await refusal('art.config.ts', text);
      expect(`${error.message}${error.stack}${JSON.stringify(error.data)}${error.cause}`).not.toContain(key);
    }
  });
});

describe('YAML', () => {
  test.each<[string, string, string, number]>([
    ['a duplicate key', 'name: a\nname: b\n', 'stands twice', 2],
    ['an open list', 'name: a\ncategories: [hate\nrounds: 3\n', 'column', 3],
    ['a tab', 'target:\n\tprovider: sandbox\n', 'tab', 2],
    ['two documents', 'name: a\n---\nname: b\n', 'several documents', 2],
    ['an unknown tag', 'name: !!js/function "x"\n', 'tag', 1],
  ])('%s', async (_what, text, message, line) => {
    const error = await refusal('art.yaml', text);
    expect(error.code).toBe('CONFIG_SYNTAX');
    expect(error.message).toContain(message);
    expect(error.problems.map((problem) => problem.line)).toContain(line);
  });

  test('the line of every wrong key, of the key around a missing one', async () => {
    const error = await refusal(
      'art.yaml',
      'preset: sandbox\ntarget:\n  sise: 1x1\nwriter:\n  provider: openai\ncategories:\n  - hate\n  - haate\n',
    );
    expect(error.message.split('\n')).toEqual([
      'art.yaml has 3 problems:',
      '  line 3: target.sise: unknown key; did you mean size?',
      '  line 4: writer.model: is missing; openai needs the name of a model',
      expect.stringMatching(/^ {2}line 8: categories\[1\]: no built-in category is called "haate"/),
    ]);
  });

  test('an alias bomb is refused', async () => {
    const layers = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    );
    expect((await refusal('art.yaml', `l0: &l0 [x]\n${layers.join('\n')}\n`)).code).toBe('CONFIG_SYNTAX');
  });

  test('text that is no UTF-8', async () => {
    const cwd = await temporaryFolder({});
    await writeFile(join(cwd, 'art.yaml'), Uint8Array.of(0x6e, 0xff, 0xfe, 0x00));
    expect((await refusalOf(() => load(cwd))).code).toBe('CONFIG_SYNTAX');
  });

  test('files that it names must be there', async () => {
    const error = await refusal('art.yaml', 'preset: sandbox\nstartPrompts:\n  file: nope.csv\n');
    expect(error).toMatchObject({ code: 'CONFIG_MISSING_FILE', problems: [{ line: 3 }] });
  });
});

test("the design's example is a good configuration", async () => {
  const text = await readFile(new URL('./__fixtures__/design-example.yaml', import.meta.url), 'utf8');
  const cwd = await temporaryFolder({ 'art.yaml': text, 'prompts.csv': 'prompt\na cat\n' });
  const { config } = await load(cwd, undefined, { MY_KEY: 'from the environment' });
  expect(config).toMatchObject({
    name: 'sd15-nightly',
    target: { requestsPerMinute: 120, concurrency: 2 },
    writer: { apiKeyEnv: 'MY_KEY', concurrency: 8 },
    categories: ['violence', 'shocking'],
  });
});
