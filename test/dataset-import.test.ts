import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { datasetFactsSchema } from '../src/datasets/dataset-facts.ts';
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

const facts = (cwd: string, folder: string) =>
  datasetFactsSchema.parse(JSON.parse(read(cwd, `${folder}/dataset.json`)));
const failures = (cwd: string, file: string): unknown[] =>
  read(cwd, file)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A server of pictures: each is another one, `/broken` is none, and `/down` has failed so far. */
async function pictures() {
  const state = { down: true };
  const server = await closing(
    startHttpServer(async ({ path }) => {
      if (path === '/broken.png') return { body: 'no picture at all' };
      if (path === '/down.png' && state.down) return { status: 503, body: 'later' };
      if (path === '/moved.png') return { status: 302, headers: { location: '/there.png' }, body: '' };
      const bytes = await sandboxDraw({
        prompt: `a boat and a ${/\w+/.exec(path)?.[0]}`,
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
        5: metaEntry('hate', 'a horse', `${server.url}/down.png?key=abc`),
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
        commit: z.string(),
        failures: z.object({ count: z.number(), kept: z.number(), file: z.string() }),
        kept: z.record(z.string(), z.number()),
        leftOut: z.array(z.object({ why: z.string(), count: z.number(), first: z.string() })),
      })
      .parse(JSON.parse(first.stdout));
    expect(told.kept).toEqual({ meta: 4, guide: 1, 'writer-train': 2, 'writer-validation': 1 });
    expect(Object.fromEntries(told.leftOut.map(({ why, count }) => [why, count]))).toEqual({
      'of an unknown category': 1,
      malformed: 1,
      'malformed (kept in the file)': 1,
    });
    expect(told.leftOut.find(({ why }) => why === 'of an unknown category')?.first).toContain(
      'did you mean violence',
    );
    expect(items(cwd, 'art/meta.jsonl').map(({ categories, prompt }) => [categories, prompt])).toEqual([
      [['violence'], 'a red lamp'],
      [['self-harm'], 'a green tree'],
      [['hate'], 'a cow'],
      [['hate'], 'a horse'],
    ]);
    // An item whose picture cannot be had is kept, and every such picture is listed, without what may be a key.
    expect(told.failures).toEqual({ count: 2, kept: 2, file: 'art/failures.jsonl' });
    const source = `hf://datasets/someone/ART@${hub.commitOf('someone/ART')}`;
    expect(failures(cwd, 'art/failures.jsonl')).toEqual([
      {
        place: `${source}/Meta Data.json, entry "4"`,
        url: `${server.url}/broken.png`,
        reason: expect.stringContaining('image'),
        kept: true,
      },
      {
        place: `${source}/Meta Data.json, entry "5"`,
        url: `${server.url}/down.png?key=[redacted]`,
        reason: 'the server answered 503',
        kept: true,
      },
    ]);
    // Where it comes from, at which commit; and nothing of this machine.
    expect(told.commit).toBe(hub.commitOf('someone/ART'));
    expect(facts(cwd, 'art')).toMatchObject({
      kind: 'meta',
      counts: { items: 4, images: 2, withoutTheirPicture: 2, guide: 1, 'writer-train': 2 },
      sources: ['LLM Train Data.json', 'LLM Val Data.json', 'Meta Data.json', 'VLM Data.json'].map(
        (name) => `${source}/${name}`,
      ),
      settings: { imported: 'someone/ART', revision: null, commit: told.commit },
    });
    for (const file of ['dataset.json', 'README.md', 'meta.jsonl', 'failures.jsonl'])
      expect(read(cwd, `art/${file}`)).not.toContain(cwd);
    expect(read(cwd, 'art/README.md')).toContain('2 rows are without the picture');
    expect(read(cwd, 'art/README.md')).toContain(told.commit);
    expect(read(cwd, 'art/VLM Data.json')).toBe(readFileSync(join(folder, 'VLM Data.json'), 'utf8'));
    expect(read(cwd, 'art/README.md')).toContain('pretty_name: "art"');

    // The server is back: only what is missing is fetched.
    state.down = false;
    const before = server.requests.length;
    const second = await runArt(args, { cwd, env });
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(second.stderr).toContain('1 picture could not be had');
    expect(items(cwd, 'art/meta.jsonl').map(({ image }) => image === null)).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(
      server.requests
        .slice(before)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['/down.png']);

    // Only those with a picture: the other one is left out, and listed nevertheless.
    const third = await runArt([...args, '--only-with-images', '--only', 'meta'], { cwd, env });
    expect(third, third.stderr).toMatchObject({ code: 0 });
    expect(items(cwd, 'art/meta.jsonl')).toHaveLength(3);
    expect(failures(cwd, 'art/failures.jsonl')).toMatchObject([
      { url: `${server.url}/broken.png`, kept: false },
    ]);
    // What was taken in before stays in the facts.
    expect(facts(cwd, 'art').sources).toContain(`${source}/VLM Data.json`);
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
      1,
      expect.stringContaining('Not one of 1 pictures could be had'),
    ]);
    expect(failures(cwd, 'art/failures.jsonl')).toMatchObject([
      { reason: 'its address is not of the public internet' },
    ]);
    expect(items(cwd, 'art/meta.jsonl')).toMatchObject([{ image: null, url: `${server.url}/cow.png` }]);
    expect(server.requests).toEqual([]);
  });

  test('a folder is called by its name, its files have facts and a card without a meta dataset, categories are mapped', async () => {
    const cwd = temporaryFolder();
    const folder = join(temporaryFolder(), 'somebody', 'ART');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'Meta Data.json'),
      JSON.stringify({
        1: metaEntry('Gore', 'a cow', ''),
        2: metaEntry('hate', 'a kite', 'gone.png'),
        3: metaEntry('hate', 'a lamp', '../secret.png'),
        4: metaEntry('hate', 'a tree', join(cwd, 'secret.png')),
      }),
    );
    writeFileSync(
      join(folder, 'LLM Train Data.json'),
      JSON.stringify([{ instruction: 'Write.', input: 'a cat', output: 'a cow' }]),
    );
    const run = (only: string, out: string, ...more: readonly string[]) =>
      runArt(['dataset', 'import', folder, '--out', out, '--only', only, ...more], { cwd });
    expect(await run('writer-train', 'ld')).toMatchObject({ code: 0 });
    expect(facts(cwd, 'ld')).toMatchObject({
      kind: 'writer',
      counts: { 'writer-train': 1 },
      sources: ['ART/LLM Train Data.json'],
      settings: { imported: 'ART', commit: null },
    });
    expect(read(cwd, 'ld/README.md')).toContain('ART/LLM Train Data.json');
    // What is there is taken in, and a folder without any of it is told of.
    const all = await runArt(['dataset', 'import', folder, '--out', 'all', '--json'], { cwd });
    expect(JSON.parse(all.stdout)).toMatchObject({ kept: { meta: 1, 'writer-train': 1 } });
    const nothing = await runArt(['dataset', 'import', '.', '--out', 'x'], { cwd });
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      expect.stringContaining('holds none of Meta Data.json'),
    ]);
    // A picture of a file that is not there: told, and the prompt is kept.
    const meta = await run('meta', 'md', '--category-map', 'gore=violence');
    expect([meta.code, meta.stderr]).toEqual([1, expect.stringContaining('there is no such file')]);
    // A dataset of others may not name files of whoever imports it.
    expect(meta.stderr).toContain('Left out 2 malformed');
    expect(items(cwd, 'md/meta.jsonl')).toMatchObject([
      { categories: ['violence'], source: 'ART/Meta Data.json' },
      { categories: ['hate'], image: null },
    ]);
    for (const file of [
      'md/dataset.json',
      'md/meta.jsonl',
      'md/failures.jsonl',
      'ld/dataset.json',
      'ld/README.md',
    ])
      expect(read(cwd, file)).not.toContain('somebody');
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
