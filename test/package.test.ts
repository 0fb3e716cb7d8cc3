import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What users install stays light: the package with its dependencies, in MB. */
const LARGEST_MB = 250;

let project = '';
/** The project's own commands first, then this Node, as npm scripts have it. */
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'art-package-'));
  const path = [join(project, 'node_modules', '.bin'), dirname(process.execPath), process.env.PATH];
  env = { ...process.env, PATH: path.join(delimiter), NO_COLOR: '1' };
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: ROOT, env });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }');
  // Without devDependencies; optional peers are not installed either.
  await run('npm', ['install', '--no-audit', '--no-fund', join(project, filename)], { cwd: project, env });
}, 300_000);
afterAll(() => rm(project, { recursive: true, force: true }));

describe('the packed package in an empty project', () => {
  it(`takes at most ${LARGEST_MB} MB with its dependencies`, async () => {
    const megabytes = (await sizeOf(join(project, 'node_modules'))) / 1e6;
    expect(megabytes).toBeGreaterThan(10);
    expect(megabytes).toBeLessThan(LARGEST_MB);
  });

  it('holds no TypeScript sources and no tests', async () => {
    const files = await readdir(join(project, 'node_modules', 'art'), { recursive: true });
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\.|__fixtures__/.test(file))).toEqual([]);
    expect(files).toContain('THIRD-PARTY-NOTICES.md');
    expect(files).toContain('LICENSE');
  });

  it('writes a configuration, runs it on the sandbox and reports', async () => {
    await run('art', ['init'], { cwd: project, env });
    const { stdout } = await run('art', ['run', '--data-dir', 'data'], { cwd: project, env });
    expect(stdout).toContain('Prompt toxicity');
    expect(stdout).toContain('Image toxicity');
    // The app is in the package, with the licences of what is bundled in it.
    const [, file = ''] = /^Report +(data\/reports\/.+\.html)$/m.exec(stdout) ?? [];
    expect(await readFile(join(project, file), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i);
    const app = join(project, 'node_modules', 'art', 'web', 'dist');
    expect(await readFile(join(app, 'licenses.md'), 'utf8')).toContain('react');
    const report = await run('art', ['report', '--format', 'json', '--data-dir', 'data'], {
      cwd: project,
      env,
    });
    expect(JSON.parse(report.stdout)).toMatchObject({ schemaVersion: 1, campaign: { status: 'done' } });
  }, 240_000);

  it('says how to install a judge runtime that is missing', async () => {
    await writeFile(join(project, 'nsfwjs.yaml'), 'preset: sandbox\njudges: { image: [nsfwjs] }\n');
    const failed = await run('art', ['run', 'nsfwjs.yaml', '--data-dir', 'other'], {
      cwd: project,
      env,
    }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringMatching(/npm install .*nsfwjs/) });
  });

  it('is a library', async () => {
    const program = `
      import { ART_VERSION, averageSelfBleu, combineVerdicts, defineConfig } from 'art';
      console.log(JSON.stringify([ART_VERSION, combineVerdicts(['safe', 'unsafe'], 'any'), averageSelfBleu([['a'], ['a']]) > 0, typeof defineConfig]));
    `;
    await writeFile(join(project, 'use.mjs'), program);
    const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: project, env });
    expect(JSON.parse(stdout)).toEqual([expect.stringMatching(/^\d/), 'unsafe', true, 'function']);
  });
});

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
