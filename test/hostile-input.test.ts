import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { describe, expect, it } from 'vitest';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import type { Ended } from './support/art.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { runArt, watchArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

const KEY = `sk-${'harmless0'.repeat(4)}`;

/** Exit code 2, nothing on stdout, and one message: no stack, no second error, every word expected. */
function expectRefusal({ code, stdout, stderr }: Ended, words: readonly string[]): void {
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr.match(/^error: /gm), stderr).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at |defect of ART/m);
  expect(stderr.trim().split('\n').length, stderr).toBeLessThanOrEqual(3);
  for (const word of words) expect(stderr).toContain(word);
}

describe('a configuration that cannot be used', { timeout: 120_000 }, () => {
  const cases: Readonly<Record<string, readonly [yaml: string, ...words: string[]]>> = {
    'an unknown key': ['roundz: 3', 'art.yaml:2', 'roundz', 'unknown key', 'did you mean rounds'],
    'an unknown key within': [
      'target: { guidence: 7 }',
      'art.yaml:2',
      'target.guidence',
      'did you mean guidance',
    ],
    'a wrong type': ['rounds: three', 'art.yaml:2', 'rounds', '"three"', 'expected a number'],
    'a missing file': ['startPrompts: { file: no.csv }', 'art.yaml:2', 'startPrompts.file', 'no.csv', 'do: '],
    'a literal API key': [`writer: { apiKey: ${KEY} }`, 'art.yaml:2', 'writer.apiKey', 'apiKeyEnv', 'do: '],
    'a literal key as the variable’s name': [`guide: { apiKeyEnv: ${KEY} }`, 'guide.apiKeyEnv', 'name of a'],
    'a missing environment variable': [
      'writer: { provider: openai-compatible, baseURL: "http://127.0.0.1:9/v1", model: m, apiKeyEnv: ART_TEST_UNSET }',
      'art.yaml:2',
      'writer.apiKeyEnv',
      'ART_TEST_UNSET',
      'export',
    ],
    'an unknown provider': [
      'target: { provider: automatic111 }',
      'target.provider',
      'did you mean automatic1111',
    ],
    'an unknown judge': ['judges: { image: [nsfw] }', 'judges.image[0]', 'did you mean nsfwjs'],
    'a judge in the wrong list': [
      'judges: { prompt: [nsfwjs] }',
      'judges.prompt[0]',
      'put it under judges.image',
    ],
    'an unknown category': ['categories: [violent]', 'categories[0]', 'did you mean violence'],
    'an unknown strategy': ['strategy: atr', 'strategy', 'did you mean art'],
    'an unknown preset': ['preset: quik', 'preset', 'did you mean quick'],
    'no rounds': ['rounds: 0', 'art.yaml:2', 'rounds', 'at least 1'],
    'a negative size': ['target: { size: -512x512 }', 'art.yaml:2', 'target.size', '512x512'],
    'a size that is no size': ['target: { size: 512x0 }', 'target.size', '512x512'],
    'broken YAML': ['target: { size: [ }', 'art.yaml', 'line 2', 'Flow'],
    'terminal escapes': ['"name\\e[31m\\e]0;x\\a": 1', 'unknown key'],
  };

  it.each(Object.entries(cases))('%s', async (_name, [yaml, ...words]) => {
    const preset = yaml.startsWith('preset') ? '# none' : 'preset: sandbox';
    const cwd = temporaryFolder({ 'art.yaml': `${preset}\n${yaml}\n` });
    const run = await runArt(['run'], { cwd, env: { ART_TEST_UNSET: undefined } });
    expectRefusal(run, words);
    expect(run.stderr).not.toContain(KEY);
    expect(run.stderr).not.toContain('\u001b');
    // Nothing was begun.
    expect(readdirSync(cwd)).toEqual(['art.yaml']);
  });

  it('says everything that is wrong at once', async () => {
    const cwd = temporaryFolder({ 'art.yaml': 'preset: sandbox\nrounds: 0\nseed: none\ncategories: []\n' });
    const { code, stderr } = await runArt(['doctor'], { cwd });
    expect(code).toBe(2);
    for (const word of ['3 problems', 'line 2: rounds', 'line 3: seed', 'line 4: categories'])
      expect(stderr).toContain(word);
  });

  it('says so as JSON where that is asked for', async () => {
    const cwd = temporaryFolder({ 'art.yaml': 'preset: sandbox\nroundz: 3\n' });
    const { code, stdout, stderr } = await runArt(['run', '--json'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'CONFIG_UNKNOWN_KEY', message: expect.stringContaining('did you mean rounds') },
    });
  });

  it('is not there, or throws', async () => {
    const cwd = temporaryFolder({
      'art.config.ts': 'export default {\n  rounds: (() => { throw new Error("no luck"); })(),\n};\n',
    });
    const [missing, throws, none] = await Promise.all([
      runArt(['run', 'art.confg.ts'], { cwd }),
      runArt(['run'], { cwd }),
      runArt(['run'], { cwd: temporaryFolder() }),
    ]);
    expectRefusal(missing, ['art.confg.ts', 'no such file', 'did you mean art.config.ts']);
    expectRefusal(throws, ['art.config.ts:2', 'no luck']);
    expectRefusal(none, ['no configuration', 'art init']);
  });
});

describe('a data folder that cannot be used', { timeout: 120_000 }, () => {
  const config = {
    'art.yaml': {
      preset: 'sandbox',
      target: { size: '256x256' },
      categories: ['shocking'],
      conversations: 1,
      rounds: 1,
    },
  };

  it('is a file', async () => {
    const cwd = temporaryFolder({ ...config, data: 'a diary', 'notes.txt': 'mine' });
    for (const dir of ['data', 'notes.txt/below']) {
      const run = await runArt(['run', '--data-dir', dir], { cwd });
      expectRefusal(run, [join(cwd, dir), 'do: ', '--data-dir']);
    }
    expect(readFileSync(join(cwd, 'data'), 'utf8')).toBe('a diary');
  });

  it('is a newer version’s, by its marker', async () => {
    const cwd = temporaryFolder({ ...config, 'data/format.json': '{"format":2}' });
    expectRefusal(await runArt(['run', '--data-dir', 'data'], { cwd }), [
      join(cwd, 'data'),
      'newer version',
      'Update ART',
    ]);
    expect(filesBelow(join(cwd, 'data'))).toEqual([join(cwd, 'data', 'format.json')]);
  });

  it('is a newer version’s, by its migrations', async () => {
    const cwd = temporaryFolder(config);
    const data = await putDataFolder(join(cwd, 'data'));
    const database = await PGlite.create(join(data, 'database'));
    await database.query(
      `insert into art.migrations (hash, created_at) values ('of the future', 99999999999999)`,
    );
    await database.close();
    for (const command of ['run', 'status']) {
      expectRefusal(await runArt([command, '--data-dir', 'data'], { cwd }), [
        data,
        'newer version',
        'Update ART',
      ]);
    }
    expect(existsSync(join(data, 'lock'))).toBe(false);
  });

  it('has a marker that is damaged', async () => {
    const cwd = temporaryFolder(config);
    const data = await putDataFolder(join(cwd, 'data'));
    writeFileSync(join(data, 'format.json'), '{"for');
    expectRefusal(await runArt(['run', '--data-dir', 'data'], { cwd }), [join(data, 'format.json'), 'do: ']);
  });

  it('is in use', async () => {
    const gate = Promise.withResolvers<void>();
    const server = await closing(
      startAutomatic1111Server({
        respond: async ({ prompt, seed, width, height }) => {
          await gate.promise;
          return sandboxDraw({ prompt, seed, width, height });
        },
      }),
    );
    const target = { provider: 'automatic1111', baseURL: server.url, size: '256x256' };
    const cwd = temporaryFolder({ 'art.yaml': { ...config['art.yaml'], target } });
    const data = await putDataFolder(join(cwd, 'data'));
    const first = watchArt(['run', '--data-dir', 'data'], { cwd });
    await server.asked('/sdapi');
    const second = await runArt(['run', '--data-dir', 'data'], { cwd });
    expectRefusal(second, [data, 'in use by process', 'art run', 'do: ']);
    // How far it is can be seen all the same.
    const status = await runArt(['status', '--data-dir', 'data'], { cwd });
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining('is running as process') });
    gate.resolve();
    const result = await first.ended;
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
  });
});

describe('a command line that cannot be understood', { timeout: 120_000 }, () => {
  it('names what there is', async () => {
    const cwd = temporaryFolder();
    await putDataFolder(join(cwd, 'art-data'));
    expectRefusal(await runArt(['report', 'nightly'], { cwd }), ['no campaign', 'do: ', 'art run']);
    expectRefusal(await runArt(['resume'], { cwd }), ['no campaign', 'do: ']);
    expectRefusal(await runArt(['report', '--format', 'pdf'], { cwd }), ['pdf', 'json, csv, markdown']);
    expectRefusal(await runArt(['report', '--verdict', 'none'], { cwd }), ['none', 'majority']);
    const unknown = await runArt(['rum'], { cwd });
    expect(unknown).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Did you mean run?'),
    });
  });

  it('leaves no data folder behind where there was none to read', async () => {
    const cwd = temporaryFolder();
    for (const command of ['report', 'resume']) {
      expectRefusal(await runArt([command, '--data-dir', 'tpyo'], { cwd }), [
        join(cwd, 'tpyo'),
        '--data-dir',
      ]);
    }
    const status = await runArt(['status', '--data-dir', 'tpyo'], { cwd });
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining(join(cwd, 'tpyo')) });
    expect(readdirSync(cwd)).toEqual([]);
  });
});
