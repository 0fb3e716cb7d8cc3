import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { metaItemSchema } from '../src/datasets/meta/meta-item.ts';
import { startHttpServer } from './servers/http-server.ts';
import { startHub } from './servers/hub-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { runArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

const metaEntry = (category: string, prompt: string, url: string) => ({
  category: [category],
  keyword: [],
  infos: { prompt_info: { prompt }, img_info: [{ img_url: url }] },
});

const read = (cwd: string, file: string) => readFileSync(join(cwd, file), 'utf8');
const items = (cwd: string, file: string) =>
  read(cwd, file)
    .trim()
    .split('\n')
    .map((line) => metaItemSchema.parse(JSON.parse(line)));

/** A server of pictures: each is another one, `/broken` is none, and `/down` has failed so far. */
async function pictures() {
  const state = { down: true };
  const server = await closing(
    startHttpServer(async ({ path }) => {
      if (path === '/broken.png') return { body: 'no picture at all' };
      if (path === '/down.png' && state.down) return { status: 503, body: 'later' };
      if (path === '/moved.png') return { status: 302, headers: { location: '/there.png' }, body: '' };
      const bytes = await sandboxDraw({
        prompt: `a boat and a ${path.slice(1, -4)}`,
        seed: path.length,
        width: 128,
        height: 128,
      });
      return { headers: { 'content-type': 'image/png' }, body: Buffer.from(bytes) };
    }),
  );
  return { server, state };
}

describe('art dataset import from a Hub', { timeout: 60_000 }, () => {
  test('takes in the published files, fetches pictures, and goes on where it was', async () => {
    const { server, state } = await pictures();
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'Meta Data.json'),
      `\uFEFF${JSON.stringify({
        1: metaEntry('violence', 'a red lamp', `${server.url}/lamp.png`),
        2: metaEntry('Self_Harm', 'a green tree', `${server.url}/moved.png`),
        3: metaEntry('violense', 'a kite', `${server.url}/kite.png`),
        4: metaEntry('hate', 'a cow', `${server.url}/broken.png`),
        5: metaEntry('hate', 'a horse', `${server.url}/down.png`),
        6: { category: ['hate'] },
      })}`,
    );
    const conversations = [
      { from: 'human', value: '<image>\nWhat next?' },
      { from: 'gpt', value: 'Add rain.\nFor Example: a cat in the rain' },
    ];
    writeFileSync(
      join(folder, 'VLM Data.json'),
      JSON.stringify([{ id: 'a', image: 'a.png', conversations }, { id: 'b' }]),
    );
    const row = { instruction: 'Write a prompt.', input: 'a cat', output: 'a cat in the rain' };
    writeFileSync(join(folder, 'LLM Train Data.json'), JSON.stringify([row, row]));
    writeFileSync(join(folder, 'LLM Val Data.json'), JSON.stringify([row]));
    const hub = await closing(startHub({ 'someone/ART': folder }));

    const cwd = temporaryFolder();
    const env = {
      HF_ENDPOINT: hub.url,
      HF_HOME: join(cwd, 'hf'),
      HF_TOKEN: undefined,
      HF_HUB_OFFLINE: undefined,
    };
    const args = [
      'dataset',
      'import',
      'someone/ART',
      '--out',
      'art',
      '--fetch-images',
      '--allow-private-addresses',
    ];
    const first = await runArt([...args, '--json'], { cwd, env });
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const told = z
      .object({
        kept: z.record(z.string(), z.number()),
        leftOut: z.array(z.object({ why: z.string(), count: z.number(), first: z.string() })),
      })
      .parse(JSON.parse(first.stdout));
    expect(told.kept).toEqual({ meta: 2, guide: 1, 'writer-train': 2, 'writer-validation': 1 });
    expect(Object.fromEntries(told.leftOut.map(({ why, count }) => [why, count]))).toEqual({
      'of an unknown category': 1,
      'with a picture that cannot be read': 1,
      'with a picture that could not be fetched': 1,
      malformed: 1,
      'malformed (kept in the file)': 1,
    });
    expect(told.leftOut.find(({ why }) => why === 'of an unknown category')?.first).toContain(
      'did you mean violence',
    );
    expect(items(cwd, 'art/meta.jsonl').map(({ categories, prompt }) => [categories, prompt])).toEqual([
      [['violence'], 'a red lamp'],
      [['self-harm'], 'a green tree'],
    ]);
    expect(read(cwd, 'art/VLM Data.json')).toBe(readFileSync(join(folder, 'VLM Data.json'), 'utf8'));
    expect(read(cwd, 'art/README.md')).toContain('pretty_name: "art"');

    // The server is back: only what is missing is fetched.
    state.down = false;
    const before = server.requests.length;
    const second = await runArt(args, { cwd, env });
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(items(cwd, 'art/meta.jsonl')).toHaveLength(3);
    expect(
      server.requests
        .slice(before)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['/down.png']);
  });

  test('without --fetch-images addresses are kept; without --allow-private-addresses none inside is asked', async () => {
    const { server } = await pictures();
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'Meta Data.json'),
      JSON.stringify({ 1: metaEntry('hate', 'a cow', `${server.url}/cow.png`) }),
    );
    const cwd = temporaryFolder();
    const only = ['dataset', 'import', folder, '--out', 'art', '--only', 'meta'];
    expect(await runArt(only, { cwd })).toMatchObject({ code: 0 });
    expect(items(cwd, 'art/meta.jsonl')).toMatchObject([{ image: null, url: `${server.url}/cow.png` }]);
    const refused = await runArt([...only, '--fetch-images'], { cwd });
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('not of the public internet'),
    ]);
    expect(server.requests).toEqual([]);
  });

  test('a Hub that fails, and a dataset that is not there, are told of', async () => {
    const hub = await closing(startHub({}));
    const cwd = temporaryFolder();
    const env = {
      HF_ENDPOINT: hub.url,
      HF_HOME: join(cwd, 'hf'),
      HF_TOKEN: undefined,
      HF_HUB_OFFLINE: undefined,
    };
    const gone = await runArt(['dataset', 'import', 'someone/ART', '--out', 'art'], { cwd, env });
    expect([gone.code, gone.stderr]).toEqual([expect.any(Number), expect.stringContaining('someone/ART')]);
    expect(gone.code).not.toBe(0);
    const offline = await runArt(['dataset', 'import', 'someone/ART', '--out', 'art'], {
      cwd,
      env: { ...env, HF_HUB_OFFLINE: '1' },
    });
    expect(offline.stderr).toContain('HF_HUB_OFFLINE');
    const neither = await runArt(['dataset', 'import', './nowhere', '--out', 'art'], { cwd, env });
    expect([neither.code, neither.stderr]).toEqual([
      2,
      expect.stringContaining('neither a folder nor a dataset'),
    ]);
  });
});

test('replay reads a file of a dataset on the Hub, and the campaign needs it no more', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeFileSync(
    join(folder, 'data', 'prompts.csv'),
    'prompt,categories\na red kite,violence\na boat,"hate, shocking"\n',
  );
  const hub = await closing(startHub({ 'someone/prompts': folder }));
  const cwd = temporaryFolder({
    'art.yaml': {
      preset: 'sandbox',
      target: { size: '128x128' },
      imagesPerPrompt: 1,
      strategy: { name: 'replay', hub: 'someone/prompts', file: 'data/prompts.csv', revision: 'main' },
    },
  });
  const env = {
    HF_ENDPOINT: hub.url,
    HF_HOME: join(cwd, 'hf'),
    HF_TOKEN: undefined,
    HF_HUB_OFFLINE: undefined,
  };
  const run = await runArt(['run', '--no-report'], { cwd, env });
  expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('2/2 conversations')]);
  expect(hub.downloads().map(({ path }) => path)).toEqual([
    expect.stringContaining('/datasets/someone/prompts/resolve/'),
  ]);
}, 60_000);
