import { expect, test } from 'vitest';
import { KNOWN_NAMES, LIBRARY_URL, temporaryFolder } from './config-fixtures.ts';
import { initFiles } from './init-files.ts';
import { loadConfig } from './load-config.ts';

async function load(text: Record<string, string>, env = {}) {
  const cwd = await temporaryFolder(text);
  return (await loadConfig({ cwd, env, libraryUrl: LIBRARY_URL, ...KNOWN_NAMES })).config;
}

const filesOf = (kind: 'ts' | 'yaml') =>
  Object.fromEntries(initFiles(kind).map(({ name, text }) => [name, text]));

test('both kinds load in an empty folder, on the sandbox alone, and say the same', async () => {
  const ts = await load(filesOf('ts'));
  const yaml = await load(filesOf('yaml'));
  expect(yaml).toEqual(ts);
  expect([ts.target.provider, ts.writer.provider, ts.guide.provider]).toEqual([
    'sandbox',
    'sandbox',
    'sandbox',
  ]);
  expect(ts.judges.image).toEqual(['sandbox']);
});

test('the YAML one hands its schema to editors', () => {
  const { 'art.yaml': yaml, 'art.schema.json': schema } = filesOf('yaml');
  expect(yaml?.split('\n')[0]).toBe('# yaml-language-server: $schema=./art.schema.json');
  expect(JSON.parse(schema ?? '')).toMatchObject({ title: 'ART configuration' });
});

/** The choices in comments, each of which must work when a user takes its comment sign away. */
const choices = (text: string, sign: string) =>
  text.split('\n').filter((line) => new RegExp(`^\\s*${sign} \\w+: \\S`).test(line));

test.each(['ts', 'yaml'] as const)('every choice in the comments works: %s', async (kind) => {
  const name = kind === 'ts' ? 'art.config.ts' : 'art.yaml';
  const text = filesOf(kind)[name] ?? '';
  const sign = kind === 'ts' ? '//' : '#';
  const lines = choices(text, sign);
  expect(lines.length).toBeGreaterThanOrEqual(8);
  for (const line of lines) {
    const active = line.replace(new RegExp(`^(\\s*)${sign} `), '$1');
    const key = /\w+/.exec(active)?.[0] ?? '';
    const without = text.split('\n').filter((other) => !new RegExp(`^\\s*${key}: `).test(other));
    const changed = without.join('\n').replace(line, active);
    const extra = { 'workflow-api.json': '{}', 'prompts.csv': 'prompt\na cat\n' };
    await expect(load({ [name]: changed, ...extra }, { MY_GOOGLE_KEY: 'set' }), line).resolves.toBeDefined();
  }
});
