import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { DownloadProgress, ModelFile } from '../src/judges/weights/model-files.ts';
import { createWeightStore, type WeightWorld } from '../src/judges/weights/weight-store.ts';
import { alwaysFault, type Fault, faultsOn, rateLimit, scriptedFaults } from './servers/faults.ts';
import { type HubOptions, startHub } from './servers/hub-server.ts';
import { filesBelow, temporaryFolder } from './support/folders.ts';
import { runArt, watchArt } from './support/run-art.ts';
import { closing, deadUrl } from './support/servers.ts';

const REPO = 'acme/tiny-model';
const CONFIG = '{"labels":["normal","other"]}';
/** Bytes that look like nothing, half a megabyte: several pieces over the network. */
const WEIGHTS = Buffer.alloc(500_000, 0).map((_, index) => (index * 31 + (index >> 8) * 7 + 1) % 251);
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const NEEDED_BY = 'The judge a-judge';
const TOKEN = 'hf_aTokenThatNobodyMaySee';

function makeRepo(): string {
  const folder = temporaryFolder({ 'config.json': CONFIG, 'tokenizer/vocab.txt': 'a\nb\n' });
  mkdirSync(join(folder, 'onnx'));
  writeFileSync(join(folder, 'onnx/model.onnx'), WEIGHTS);
  return folder;
}

async function hubWith(options: HubOptions = {}) {
  const repo = makeRepo();
  const hub = await closing(startHub({ [REPO]: repo }, options));
  const home = temporaryFolder();
  const waits: number[] = [];
  const progress: DownloadProgress[] = [];
  const store = (env: Record<string, string> = {}, more: Partial<WeightWorld> = {}) =>
    createWeightStore({
      env: { HOME: home, HF_ENDPOINT: hub.url, ...env },
      fetch,
      configDir: home,
      onDownload: (told) => progress.push(told),
      sleep: async (milliseconds) => waits.push(milliseconds),
      ...more,
    });
  const cache = join(home, '.cache/huggingface/hub/models--acme--tiny-model');
  return { repo, hub, home, waits, progress, store, cache, commit: hub.commitOf(REPO) };
}

const JUDGE = '{"name":"td","model":"someone/tiny"}';
/** A Hub with a judge that the command line can fetch. */
async function pullable(options: HubOptions) {
  const folder = temporaryFolder();
  const model = join(folder, 'model');
  cpSync(fileURLToPath(new URL('fixtures/models/tiny-roberta-toxicity', import.meta.url)), model, {
    recursive: true,
  });
  const hub = await closing(startHub({ 'someone/tiny': model }, options));
  const env = { HF_ENDPOINT: hub.url, HF_HOME: join(folder, 'hf'), XDG_CACHE_HOME: join(folder, 'cache') };
  return { hub, env, folder, model, bytes: readFileSync(join(model, ONNX)) };
}

type Store = ReturnType<Awaited<ReturnType<typeof hubWith>>['store']>;
async function fileOf(store: Store, name: string, more: object = {}): Promise<ModelFile> {
  const model = await store.open({ model: REPO, ...more }, NEEDED_BY);
  return model.file(name);
}

/** What something fails with; it must never hold the token. */
async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  const { message, code, hint, data } = Object(error);
  expect(JSON.stringify({ message, hint, data })).not.toMatch(/aTokenThatNobody|a-secret/);
  return { message, code, hint, data };
}

const ONNX = 'onnx/model.onnx';

describe('the cache', () => {
  it('is laid out as huggingface_hub lays it out, and then needs no network', async () => {
    const { store, cache, commit, hub, progress } = await hubWith();
    const model = await store().open({ model: REPO }, NEEDED_BY);
    expect(model.revision).toBe(commit);
    const file = await model.file(ONNX);
    expect(file).toEqual({
      name: ONNX,
      path: join(cache, 'snapshots', commit, ONNX),
      sha256: sha256(WEIGHTS),
    });
    expect(readFileSync(file.path).equals(WEIGHTS)).toBe(true);
    expect((await model.file('config.json')).sha256).toBe(sha256(CONFIG));
    expect(readFileSync(join(cache, 'refs/main'), 'utf8')).toBe(commit);
    expect(readlinkSync(file.path)).toBe(join('../../../blobs', sha256(WEIGHTS)));
    const gitSha1 = createHash('sha1').update(`blob ${CONFIG.length}\0${CONFIG}`).digest('hex');
    expect(readdirSync(join(cache, 'blobs')).toSorted()).toEqual([sha256(WEIGHTS), gitSha1].toSorted());

    const last = progress.findLast(({ what }) => what === `${REPO}/${ONNX}`);
    expect(last).toMatchObject({ receivedBytes: WEIGHTS.length, totalBytes: WEIGHTS.length, done: true });

    const before = hub.requests.length;
    expect(await fileOf(store(), ONNX)).toEqual(file);
    expect(await fileOf(store({ HF_HUB_OFFLINE: '1', HF_ENDPOINT: await deadUrl() }), ONNX)).toEqual(file);
    expect(hub.requests).toHaveLength(before);
  });

  it('stays with the commit of first use until it is told to update', async () => {
    const { store, repo, hub, commit } = await hubWith();
    await fileOf(store(), 'config.json');
    writeFileSync(join(repo, 'config.json'), '{"labels":["changed"]}');
    const old = await store().open({ model: REPO }, NEEDED_BY);
    expect(old.revision).toBe(commit);
    const fresh = await store({}, { updateWeights: true }).open({ model: REPO }, NEEDED_BY);
    expect(fresh.revision).toBe(hub.commitOf(REPO));
    expect(fresh.revision).not.toBe(commit);
    expect((await fresh.file('config.json')).sha256).toBe(sha256('{"labels":["changed"]}'));
    expect((await old.file('config.json')).sha256).toBe(sha256(CONFIG));
  });

  it('is brought up to date by `art judges pull --update` alone', { timeout: 30_000 }, async () => {
    const { hub, env, folder, model } = await pullable({});
    const [old, ref] = [hub.commitOf('someone/tiny'), join(folder, 'hf/hub/models--someone--tiny/refs/main')];
    const pull = async (...flags: string[]) => {
      const ended = await runArt(['judges', 'pull', JUDGE, ...flags], { cwd: folder, env });
      expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ td/) });
      return readFileSync(ref, 'utf8');
    };
    expect(await pull()).toBe(old);
    writeFileSync(join(model, 'README.md'), 'A newer commit.');
    expect(await pull()).toBe(old);
    expect(await pull('--update')).toBe(hub.commitOf('someone/tiny'));
    expect(hub.commitOf('someone/tiny')).not.toBe(old);
    // What is the same in both commits is not fetched again.
    expect(hub.downloads().filter(({ path }) => path.includes('/storage/'))).toHaveLength(1);
  });

  it('finds what huggingface_hub has put there, and asks nothing', async () => {
    const { store, cache, hub } = await hubWith();
    const commit = 'c'.repeat(40);
    const pointer = join(cache, 'snapshots', commit, 'model.bin');
    for (const folder of ['blobs', 'refs', `snapshots/${commit}`]) {
      mkdirSync(join(cache, folder), { recursive: true });
    }
    writeFileSync(join(cache, 'refs/main'), commit);
    writeFileSync(join(cache, 'blobs', sha256('bytes')), 'bytes');
    symlinkSync(join('../../blobs', sha256('bytes')), pointer);
    expect(await fileOf(store(), 'model.bin')).toEqual({
      name: 'model.bin',
      path: pointer,
      sha256: sha256('bytes'),
    });
    expect(hub.requests).toEqual([]);
  });

  it.each([
    ['HF_HUB_CACHE', (root: string) => root],
    ['HUGGINGFACE_HUB_CACHE', (root: string) => root],
    ['HF_HOME', (root: string) => join(root, 'hub')],
    ['XDG_CACHE_HOME', (root: string) => join(root, 'huggingface/hub')],
  ])('is where %s says', async (name, place) => {
    const { store } = await hubWith();
    const root = temporaryFolder();
    const { path } = await fileOf(store({ [name]: root }), 'config.json');
    expect(path.startsWith(join(place(root), 'models--acme--tiny-model'))).toBe(true);
  });

  it('uses links of another kind where symbolic links are off', async () => {
    const { store } = await hubWith();
    const { path } = await fileOf(store({ HF_HUB_DISABLE_SYMLINKS: '1' }), ONNX);
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path).equals(WEIGHTS)).toBe(true);
  });

  it('notices a damaged file, takes it out, and fetches it anew', async () => {
    const { store, cache } = await hubWith();
    const { path } = await fileOf(store(), ONNX);
    truncateSync(path, 1000);
    const error = await failureOf(fileOf(store(), ONNX));
    expect(error).toMatchObject({
      code: 'WEIGHTS_DAMAGED',
      message: expect.stringContaining(sha256(WEIGHTS)),
      hint: expect.stringContaining('run the same command again'),
      data: { expected: sha256(WEIGHTS), actual: sha256(WEIGHTS.subarray(0, 1000)) },
    });
    expect(existsSync(join(cache, 'blobs', sha256(WEIGHTS)))).toBe(false);
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
  });

  it('reads an unchanged file once, and believes no damaged memo', async () => {
    const { store, home } = await hubWith();
    const { path } = await fileOf(store(), ONNX);
    const memo = join(home, '.cache/art/verified.json');
    const known = readFileSync(memo, 'utf8');
    // The memo is what is looked at: with another hash in it, the file seems damaged.
    writeFileSync(memo, known.replaceAll(sha256(WEIGHTS), '0'.repeat(64)));
    expect(await failureOf(fileOf(store(), ONNX))).toMatchObject({ code: 'WEIGHTS_DAMAGED' });
    await fileOf(store(), ONNX);
    for (const broken of ['{"version":1,"files":{"x"', 'null', '{"version":9}']) {
      writeFileSync(memo, broken);
      expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    }
    utimesSync(path, 1, 1);
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
  });
});

describe('firstOf', () => {
  it('takes the first that the model has, and remembers which ones it lacks', async () => {
    const { store, hub } = await hubWith();
    const names = ['onnx/model_fp16.onnx', ONNX, 'config.json'];
    const model = await store().open({ model: REPO }, NEEDED_BY);
    expect(await model.firstOf(names)).toMatchObject({ name: ONNX });
    expect(await model.firstOf(['none', 'onnx/none'])).toBeUndefined();
    const before = hub.requests.length;
    const again = await store().open({ model: REPO }, NEEDED_BY);
    expect(await again.firstOf(names)).toMatchObject({ name: ONNX });
    expect(hub.requests).toHaveLength(before);
  });

  it('without network takes one that is there, and says what is missing where none is', async () => {
    const { store } = await hubWith();
    await fileOf(store(), 'config.json');
    const model = await store({ HF_HUB_OFFLINE: 'yes' }).open({ model: REPO }, NEEDED_BY);
    expect(await model.firstOf([ONNX, 'config.json'])).toMatchObject({ name: 'config.json' });
    expect(await failureOf(model.firstOf([ONNX]))).toMatchObject({
      code: 'HUB_OFFLINE',
      message: expect.stringContaining(`${REPO}/${ONNX}`.split('/onnx')[0] ?? ''),
      hint: expect.stringContaining('art judges pull'),
    });
  });
});

describe('downloads', () => {
  it('go on where the connection broke off', async () => {
    const { store, hub, waits } = await hubWith({
      cut: (path, range) => (path.includes('/storage/') && range === undefined ? 200_000 : undefined),
    });
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    expect(hub.downloads().map(({ headers }) => headers.range)).toEqual([
      undefined,
      undefined,
      'bytes=200000-',
      'bytes=200000-',
    ]);
    expect(waits).toEqual([1000]);
  });

  it('go on in the next run, where the first gave up', async () => {
    let broken = true;
    const { store, hub, cache } = await hubWith({
      cut: (path, range) =>
        broken && path.includes('/storage/') ? (range === undefined ? 100_000 : 0) : undefined,
    });
    expect(await failureOf(fileOf(store(), ONNX))).toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('broke off after 100000 of 500000 bytes'),
      hint: expect.stringContaining('goes on from there'),
    });
    broken = false;
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    expect(hub.downloads().at(-1)?.headers.range).toBe('bytes=100000-');
    expect(readdirSync(join(cache, 'blobs'))).toEqual([sha256(WEIGHTS)]);
  });

  it('go on in another process, where the first was killed', { timeout: 30_000 }, async () => {
    let silent = true;
    const { hub, env, folder, bytes } = await pullable({
      cut: (path) => (silent && path.includes('/storage/') ? { after: 100_000, by: 'silence' } : undefined),
    });
    const killed = watchArt(['judges', 'pull', JUDGE], { cwd: folder, env });
    const blobs = join(folder, 'hf/hub/models--someone--tiny/blobs');
    const part = join(blobs, `${sha256(bytes)}.art.incomplete`);
    await vi.waitFor(() => expect(statSync(part).size).toBe(100_000), { timeout: 20_000, interval: 20 });
    killed.signal('SIGKILL');
    expect(await killed.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(readdirSync(dirname(part))).toContain(basename(part));

    silent = false;
    const pulled = await runArt(['judges', 'pull', JUDGE], { cwd: folder, env });
    expect(pulled, pulled.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ td/) });
    const ranges = hub.downloads().filter(({ path }) => path.includes('/storage/'));
    expect(ranges.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-']);
    expect(readFileSync(join(blobs, sha256(bytes))).equals(bytes)).toBe(true);
    expect(readdirSync(blobs).filter((name) => name.includes('incomplete'))).toEqual([]);
  });

  it('are done once by two processes that begin at the same time', { timeout: 30_000 }, async () => {
    const { hub, env, folder, bytes } = await pullable({ latencyMs: 50 });
    const pull = () => runArt(['judges', 'pull', JUDGE], { cwd: folder, env });
    for (const ended of await Promise.all([pull(), pull()])) {
      expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ td/) });
    }
    const cache = join(folder, 'hf/hub/models--someone--tiny');
    const file = join(cache, 'snapshots', hub.commitOf('someone/tiny'), ONNX);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(hub.downloads().filter(({ path }) => path.includes('/storage/'))).toHaveLength(1);
    const leftOver = filesBelow(cache).filter((path) => /incomplete|\.tmp$|lock/.test(path));
    expect(leftOver).toEqual([]);
  });

  it('survive answers that break off with `Connection: close`', async () => {
    // undici's parser may have to wait then, and must not end the process.
    for (let round = 0; round < 10; round++) {
      const { store } = await hubWith({
        closing: true,
        cut: (path, range) => (path.includes('/storage/') && range === undefined ? 300_000 : undefined),
      });
      expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    }
  });

  it('begin again with a server that takes no ranges', async () => {
    let cuts = 1;
    const { store, waits } = await hubWith({
      ignoreRange: true,
      cut: (path) => (path.includes('/storage/') && cuts-- > 0 ? 300_000 : undefined),
    });
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    expect(waits).toEqual([1000]);
  });

  it('begin again where an earlier part is not of this file', async () => {
    const { store, cache, hub } = await hubWith();
    mkdirSync(join(cache, 'blobs'), { recursive: true });
    writeFileSync(join(cache, 'blobs', `${sha256(WEIGHTS)}.art.incomplete`), Buffer.alloc(1234));
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    expect(hub.downloads().at(-1)?.headers.range).toBeUndefined();
  });

  it('wait as long as the server asks', async () => {
    const { store, waits } = await hubWith({
      faults: scriptedFaults([rateLimit('7'), { kind: 'status', status: 503 }, undefined, 'reset']),
    });
    expect((await fileOf(store(), ONNX)).sha256).toBe(sha256(WEIGHTS));
    expect(waits).toEqual([7000, 2000, 1000]);
  });

  it('are shared by judges and processes that want the same file at once', async () => {
    const { store, hub } = await hubWith({ latencyMs: 5 });
    const one = store();
    const files = await Promise.all([one, one, store()].map((each) => fileOf(each, ONNX)));
    expect(new Set(files.map((file) => file.sha256))).toEqual(new Set([sha256(WEIGHTS)]));
    const stored = hub.downloads().filter(({ path }) => path.startsWith('/storage/'));
    expect(stored).toHaveLength(1);
  });

  it('whose bytes are not the announced ones leave nothing behind', async () => {
    const { store, cache } = await hubWith({ wrongBytes: (file) => file === ONNX || file === 'config.json' });
    for (const name of [ONNX, 'config.json']) {
      const error = await failureOf(fileOf(store(), name));
      expect(error).toMatchObject({ code: 'WEIGHTS_DAMAGED', message: expect.stringContaining('expected ') });
      expect(error.data.actual).not.toBe(error.data.expected);
    }
    expect(readdirSync(join(cache, 'blobs'))).toEqual([]);
    expect(existsSync(join(cache, 'snapshots'))).toBe(false);
  });

  it('of other bytes than the pinned ones are not even begun', async () => {
    const { store, hub } = await hubWith();
    const pin = { sha256: { [ONNX]: sha256('other'), 'config.json': sha256('other') } };
    expect(await failureOf(fileOf(store(), ONNX, pin))).toMatchObject({
      code: 'WEIGHTS_DAMAGED',
      data: { expected: sha256('other'), actual: sha256(WEIGHTS) },
    });
    expect(hub.downloads()).toEqual([]);
    expect(await failureOf(fileOf(store(), 'config.json', pin))).toMatchObject({ code: 'WEIGHTS_DAMAGED' });
    await fileOf(store(), ONNX, { sha256: { [ONNX]: sha256(WEIGHTS).toUpperCase() } });
  });

  it('of a server that falls silent are cut off', async () => {
    const { store } = await hubWith({ faults: alwaysFault('stall') });
    expect(await failureOf(fileOf(store({}, { stallMs: 30 }), ONNX))).toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('nothing has come for 0.03 s'),
    });
  });
});

describe('the token', () => {
  it('goes to the Hub and not to where it redirects', async () => {
    const { store, hub } = await hubWith({ storage: true, gated: [REPO], token: TOKEN });
    expect((await fileOf(store({ HF_TOKEN: TOKEN }), ONNX)).sha256).toBe(sha256(WEIGHTS));
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual(
      hub.requests.map(() => `Bearer ${TOKEN}`),
    );
    expect(hub.storage?.requests).toHaveLength(1);
    expect(hub.storage?.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('is found in its file', async () => {
    const { store, home } = await hubWith({ gated: [REPO], token: TOKEN });
    const path = join(home, '.cache/huggingface/token');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${TOKEN}\n`);
    await fileOf(store(), 'config.json');
    const other = join(home, 'elsewhere');
    writeFileSync(other, TOKEN);
    rmSync(path);
    await fileOf(store({ HF_TOKEN_PATH: other, HF_HOME: join(home, 'new') }), 'config.json');
  });

  it.each([
    ['without one', {}, 401],
    ['with one that may not', { HF_TOKEN: 'hf_aTokenThatNobodyLikes' }, 403],
  ])('is asked for by a gated model: %s', async (_name, env, status) => {
    const { store, hub } = await hubWith({ gated: [REPO], token: TOKEN });
    expect(await failureOf(fileOf(store(env), ONNX))).toMatchObject({
      code: 'MODEL_ACCESS_DENIED',
      message: expect.stringContaining(String(status)),
      hint: expect.stringContaining(`Accept the licence at ${hub.url}/${REPO} and set HF_TOKEN`),
    });
  });
});

describe('what goes wrong is said in words', () => {
  it('for a model, a revision and a file that are not there', async () => {
    const { store } = await hubWith();
    expect(await failureOf(store().open({ model: 'acme/none' }, NEEDED_BY))).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringMatching(/The judge a-judge needs acme\/none, but 127\..* has no such model/),
      hint: expect.stringContaining('./acme/none'),
    });
    const none = { model: REPO, revision: 'v9' };
    expect(await failureOf(store().open(none, NEEDED_BY))).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining(`the revision v9 of ${REPO}`),
    });
    expect(await failureOf(fileOf(store(), 'onnx/other.onnx'))).toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
      hint: `It has: "${ONNX}".`,
    });
    // The second time the commit is known and the list is not.
    expect(await failureOf(fileOf(store(), 'onnx/other.onnx'))).toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
      hint: expect.stringContaining('docs/judges.md'),
    });
  });

  it.each<[string, Fault, string, RegExp]>([
    ['too many requests', rateLimit('600'), 'HUB_RATE_LIMITED', /asks to wait 600 s/],
    ['too many requests, again and again', rateLimit('1'), 'HUB_RATE_LIMITED', /too many requests/],
    [
      'an error of the server',
      { kind: 'status', status: 502 },
      'HUB_UNREACHABLE',
      /error of its own \(502\)/,
    ],
    ['a connection that is reset', 'reset', 'HUB_UNREACHABLE', /cannot be reached|closed/],
    ['a web page', 'html', 'HUB_BAD_ANSWER', /web page instead of a list of files/],
    ['nonsense', 'garbage', 'HUB_BAD_ANSWER', /does not answer like a Hub/],
    ['nothing', 'empty', 'HUB_BAD_ANSWER', /does not answer like a Hub/],
    ['half an answer', 'truncated', 'HUB_UNREACHABLE', /cannot be reached/],
    ['not being let in', { kind: 'status', status: 403 }, 'MODEL_ACCESS_DENIED', /\(403\)/],
    ['a teapot', { kind: 'status', status: 418 }, 'HUB_BAD_ANSWER', /refuses the request \(418\)/],
    [
      'redirects in circles',
      { kind: 'status', status: 302, headers: { location: '/api/models/x' } },
      'HUB_BAD_ANSWER',
      /again and again/,
    ],
    [
      'a redirect to nowhere',
      { kind: 'status', status: 302, headers: { location: 'file:///etc/hosts' } },
      'HUB_BAD_ANSWER',
      /no address/,
    ],
  ])('for %s', async (_name, fault, code, message) => {
    const { store } = await hubWith({ faults: alwaysFault(fault) });
    const error = await failureOf(store({ HF_TOKEN: TOKEN }).open({ model: REPO }, NEEDED_BY));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.hint).toBeTruthy();
  });

  it('for a web page instead of weights', async () => {
    const { store, cache } = await hubWith({
      faults: faultsOn(/^\/storage\//, alwaysFault('html')),
    });
    expect(await failureOf(fileOf(store(), ONNX))).toMatchObject({
      code: 'HUB_BAD_ANSWER',
      message: expect.stringContaining('web page instead of the file'),
    });
    expect(existsSync(join(cache, 'blobs', sha256(WEIGHTS)))).toBe(false);
  });

  it('for a plain web server instead of a Hub, whose bytes can still be pinned', async () => {
    const { store } = await hubWith({ plain: true });
    expect((await fileOf(store(), ONNX, { sha256: { [ONNX]: sha256(WEIGHTS) } })).sha256).toBe(
      sha256(WEIGHTS),
    );
    expect(
      await failureOf(fileOf(store(), 'config.json', { sha256: { 'config.json': sha256('x') } })),
    ).toMatchObject({ code: 'WEIGHTS_DAMAGED' });
  });

  it('for no network at all, and for staying off it', async () => {
    const { store } = await hubWith();
    const dead = await deadUrl();
    expect(await failureOf(fileOf(store({ HF_ENDPOINT: dead }), ONNX))).toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining(`nobody answers at ${new URL(dead).host}`),
      hint: expect.stringContaining('HF_ENDPOINT'),
    });
    for (const env of [{ HF_HUB_OFFLINE: '1' }, { TRANSFORMERS_OFFLINE: 'true' }]) {
      expect(await failureOf(fileOf(store(env), ONNX))).toMatchObject({
        code: 'HUB_OFFLINE',
        message: expect.stringContaining(REPO),
        hint: expect.stringContaining('art judges pull'),
      });
    }
    const unknown = async () => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ENOTFOUND' }) });
    };
    expect(await failureOf(fileOf(store({}, { fetch: unknown }), ONNX))).toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('is not known to the network'),
    });
  });

  it.each(['../secrets', 'a/../../b', '/etc/hosts', '..\\up', '', 'a//b', 'C:x', 'nul\0l'])(
    'for the name %j, which leads elsewhere',
    async (name) => {
      const { store, repo } = await hubWith();
      expect(await failureOf(fileOf(store(), name))).toMatchObject({ code: 'MODEL_FILE_NOT_FOUND' });
      const local = await store().open({ model: repo }, NEEDED_BY);
      expect(await failureOf(local.file(name))).toMatchObject({ code: 'MODEL_FILE_NOT_FOUND' });
    },
  );

  it.each(['acme/../x', 'acme/x/y', 'https://x.example/y', '-x/y', 'a/b--c', 'a b/c', ''])(
    'for %j, which is no name of a model',
    async (model) => {
      const { store, hub } = await hubWith();
      expect(await failureOf(store().open({ model }, NEEDED_BY))).toMatchObject({ code: 'MODEL_NOT_FOUND' });
      expect(hub.requests).toEqual([]);
    },
  );

  it('for an endpoint that is none', async () => {
    const { store } = await hubWith();
    for (const HF_ENDPOINT of ['mirror', 'ftp://mirror', `https://me:${TOKEN}@mirror`]) {
      const opened = store({ HF_ENDPOINT }).open({ model: REPO }, NEEDED_BY);
      expect(await failureOf(opened)).toMatchObject({ code: 'WRONG_ENDPOINT' });
    }
  });
});

describe('folders and single files', () => {
  it('opens a folder, full or relative', async () => {
    const { store, repo, home } = await hubWith();
    symlinkSync(repo, join(home, 'my-model'));
    for (const place of [repo, './my-model']) {
      const model = await store({ HF_HUB_OFFLINE: '1' }).open({ model: place }, NEEDED_BY);
      expect(model.revision).toBe('local');
      const first = await model.firstOf(['none', ONNX]);
      expect(first).toMatchObject({ name: ONNX, sha256: sha256(WEIGHTS) });
      expect(await model.firstOf(['none'])).toBeUndefined();
      expect(await failureOf(model.file('config.yaml'))).toMatchObject({
        code: 'MODEL_FILE_NOT_FOUND',
        hint: expect.stringContaining('"config.json"'),
      });
    }
    const pinned = await store().open({ model: repo, sha256: { [ONNX]: sha256('x') } }, NEEDED_BY);
    expect(await failureOf(pinned.file(ONNX))).toMatchObject({ code: 'WEIGHTS_DAMAGED' });
    expect(await failureOf(store().open({ model: './none' }, NEEDED_BY))).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining(join(home, 'none')),
    });
  });

  it('finds a single file: by path, on the Hub', async () => {
    const { store, home, hub, commit } = await hubWith();
    writeFileSync(join(home, 'head.pt'), 'numbers');
    expect(await store().single('head.pt', NEEDED_BY)).toEqual({
      name: 'head.pt',
      path: join(home, 'head.pt'),
      sha256: sha256('numbers'),
    });
    expect(await failureOf(store().single('head.pt', NEEDED_BY, sha256('x')))).toMatchObject({
      code: 'WEIGHTS_DAMAGED',
    });
    expect(await failureOf(store().single('none.pt', NEEDED_BY))).toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
    });
    expect(hub.requests).toEqual([]);
    for (const place of [`hub:${REPO}/${ONNX}`, `hub:${REPO}@${commit}/${ONNX}`]) {
      expect(await store().single(place, NEEDED_BY, sha256(WEIGHTS))).toMatchObject({
        sha256: sha256(WEIGHTS),
      });
    }
    expect(await failureOf(store().single(`hub:${REPO}`, NEEDED_BY))).toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
    });
  });

  it('fetches a single file from an address once, and goes on after a cut', async () => {
    const { store, hub, home } = await hubWith({
      plain: true,
      cut: (_path, range) => (range === undefined ? 100_000 : undefined),
    });
    const address = `${hub.url}/${REPO}/resolve/main/${ONNX}?key=a-secret`;
    const file = await store({ HF_TOKEN: TOKEN }).single(address, NEEDED_BY, sha256(WEIGHTS));
    expect(file).toMatchObject({ name: 'model.onnx', sha256: sha256(WEIGHTS) });
    expect(file.path.startsWith(join(home, '.cache/art/downloads'))).toBe(true);
    expect(hub.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-']);
    expect(hub.requests[1]?.headers['if-range']).toMatch(/^"/);
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);

    expect(await store({ HF_HUB_OFFLINE: '1' }).single(address, NEEDED_BY)).toEqual(file);
    writeFileSync(file.path, 'damaged');
    expect(await failureOf(store({ HF_HUB_OFFLINE: '1' }).single(address, NEEDED_BY))).toMatchObject({
      code: 'WEIGHTS_DAMAGED',
    });
    expect(await store().single(address, NEEDED_BY)).toEqual(file);
    expect(filesBelow(dirname(file.path)).map((path) => path.slice(dirname(path).length + 1))).toEqual([
      'model.onnx',
      'model.onnx.sha256',
    ]);
  });

  it('refuses wrong bytes from an address, and addresses that are not safe', async () => {
    const { store, hub } = await hubWith({ plain: true });
    const address = `${hub.url}/${REPO}/resolve/main/${ONNX}`;
    expect(await failureOf(store().single(address, NEEDED_BY, sha256('x')))).toMatchObject({
      code: 'WEIGHTS_DAMAGED',
      data: { expected: sha256('x'), actual: sha256(WEIGHTS) },
    });
    expect(await failureOf(store().single(`${hub.url}/none`, NEEDED_BY))).toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
      message: expect.stringContaining('nothing at that address (404)'),
    });
    expect(await failureOf(store({ HF_HUB_OFFLINE: '1' }).single(address, NEEDED_BY))).toMatchObject({
      code: 'HUB_OFFLINE',
    });
    for (const unsafe of ['http://files.example/x.pt', `https://me:${TOKEN}@files.example/x`, 'ftp://x/y']) {
      expect(await failureOf(store().single(unsafe, NEEDED_BY))).toMatchObject({ code: 'WRONG_ADDRESS' });
    }
  });
});
