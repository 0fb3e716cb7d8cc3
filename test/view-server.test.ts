import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DataSource, openDataSource } from '../src/server/data-source.ts';
import { CONTENT_SECURITY_POLICY } from '../src/server/security-headers.ts';
import { openSmallStore, type SmallStore } from '../src/server/server-fixtures.ts';
import { startViewServer, type ViewServer } from '../src/server/view-server.ts';

const TOKEN = 'a'.repeat(43);
const FILES = new Map([
  [
    '/',
    {
      bytes: new TextEncoder().encode('<!doctype html><title>ART</title>'),
      contentType: 'text/html; charset=utf-8',
    },
  ],
  [
    '/app.js',
    { bytes: new TextEncoder().encode('export {};'), contentType: 'text/javascript; charset=utf-8' },
  ],
]);

let small: SmallStore;
let source: DataSource;
let server: ViewServer;
const problems: unknown[] = [];
beforeAll(async () => {
  small = await openSmallStore();
  await small.store.close();
  const onProblem = (error: unknown) => problems.push(error);
  source = await openDataSource({ dataDir: small.folder, pollMs: 20, onProblem });
  server = await startViewServer({ source, files: FILES, port: 0, token: TOKEN, onProblem });
});
afterAll(async () => {
  await server.close();
  await source.close();
  rmSync(small.folder, { recursive: true, force: true });
});

const origin = () => `http://127.0.0.1:${server.port}`;

/** Asks as a program with the token would. */
function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${TOKEN}`, ...Object.fromEntries(new Headers(init.headers)) };
  return fetch(`${origin()}${path}`, { redirect: 'manual', ...init, headers });
}

async function askJson(path: string): Promise<unknown> {
  return await (await ask(path)).json();
}

async function post(label: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await ask('/api/campaigns/small/labels', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof label === 'string' ? label : JSON.stringify(label),
  });
}

/** Sends bytes as they are and gives back the whole answer, '' when there was none. */
async function raw(text: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    answer += part;
  });
  socket.on('error', () => undefined);
  socket.end(text);
  await once(socket, 'close');
  return answer;
}

const rawGet = (target: string, host = `127.0.0.1:${server.port}`) =>
  raw(
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`,
  );

const imagesSchema = z.object({ images: z.array(z.object({ turn: z.number(), hash: z.string() })) });

async function imagesFrom(offset: number) {
  return imagesSchema.parse(await askJson(`/api/campaigns/small/gallery?show=all&offset=${offset}`)).images;
}

async function anImage(): Promise<{ readonly turn: number; readonly hash: string }> {
  const [image] = await imagesFrom(0);
  if (image === undefined) throw new Error('The campaign has no image.');
  return image;
}

describe('who is let in', () => {
  it('nobody without the token, whatever they ask for', async () => {
    for (const path of [
      '/',
      '/app.js',
      '/api/campaigns',
      '/pictures/small/x',
      '/nothing',
      '/?token=',
      '/?token=b',
    ]) {
      const response = await fetch(`${origin()}${path}`, { redirect: 'manual' });
      expect(response.status, path).toBe(401);
      expect(await response.json()).toMatchObject({
        code: 'TOKEN_NEEDED',
        hint: expect.stringMatching(/link/),
      });
    }
    const wrong = ['Bearer ', `Bearer ${TOKEN}a`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN];
    for (const Authorization of wrong) {
      expect((await fetch(`${origin()}/api/campaigns`, { headers: { Authorization } })).status).toBe(401);
    }
  });

  it('a browser gets a page that says what to do', async () => {
    const response = await fetch(`${origin()}/`, { headers: { Accept: 'text/html,*/*' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toMatch(/text\/html/);
    expect(await response.text()).toMatch(/link that the terminal shows/);
  });

  it('the start link gives a cookie and leads on without the token', async () => {
    expect(server.link('small & "odd"')).toBe(`${origin()}/?token=${TOKEN}&campaign=small%20%26%20%22odd%22`);
    const led = await fetch(server.link('small & "odd"'), { redirect: 'manual' });
    expect(led.headers.get('location')).toBe('/#/?campaign=small%20%26%20%22odd%22');
    const response = await fetch(server.link(), { redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(new RegExp(`^art-view-${server.port}=${TOKEN};`));
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const [pair = ''] = cookie.split(';');
    const page = await fetch(`${origin()}/`, { headers: { Cookie: pair } });
    expect(page.status).toBe(200);
    expect(await page.text()).toMatch(/ART/);
  });

  it('from another page, a page of our own leads on, for the cookie would not come along', async () => {
    const head = [
      `GET /?token=${TOKEN} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
      'Connection: close',
    ];
    const [headers = '', body = ''] = (await raw(`${head.join('\r\n')}\r\n\r\n`)).split('\r\n\r\n');
    expect(headers).toMatch(/^HTTP\/1.1 200 /);
    expect(headers).toMatch(/SameSite=Strict/);
    expect(body).toMatch(/url=\//);
    expect(body).not.toContain(TOKEN);
  });
});

describe('what is refused', () => {
  it('another host, so that no domain that points here is answered', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1',
      `localhost:${server.port + 1}`,
    ]) {
      expect(await rawGet('/', host), host).toMatch(/^HTTP\/1.1 (403|400) /);
    }
    expect(await rawGet('/', `localhost:${server.port}`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await rawGet('/', `[::1]:${server.port}`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    const twice = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nHost: evil.example\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`;
    expect(await raw(twice)).toMatch(/^HTTP\/1.1 (400|403) /);
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 (400|403) /);
  });

  it('another origin, even with the token', async () => {
    for (const wrong of ['http://evil.example', 'null', `http://127.0.0.1:${server.port + 1}`]) {
      expect((await ask('/api/campaigns', { headers: { Origin: wrong } })).status).toBe(403);
      expect((await post({}, { Origin: wrong })).status).toBe(403);
    }
    expect((await ask('/api/campaigns', { headers: { Origin: origin() } })).status).toBe(200);
    expect((await ask('/api/campaigns', { headers: { 'Sec-Fetch-Site': 'same-site' } })).status).toBe(403);
    expect((await post({}, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
  });

  it.each([
    '/../../etc/passwd',
    '/pictures/small/../../../format.json',
    '/pictures/small/..%2f..%2fformat.json',
    '/pictures/small/%2e%2e%2f%2e%2e%2fformat.json',
    '/pictures/..%2f..%2f/x',
    '/pictures/small/%252e%252e%252fformat.json',
    '/pictures/small//etc/passwd',
    '/pictures/small/%2fetc%2fpasswd',
    '/pictures/small/..%5c..%5cformat.json',
    '/pictures/small/..\\..\\format.json',
    '/thumbnails/small/..%c0%af..%c0%afformat.json',
    '/thumbnails/small/%00',
    '/app.js%00.css',
    '/app.js/',
    '/App.js',
    '/./app.js',
    '/index.html',
    '/web/dist/app.js',
    '/package.json',
    '/.env',
    'http://evil.example/app.js',
    'http://127.0.0.1/../app.js',
    '//evil.example/app.js',
  ])('finds nothing at %s', async (target) => {
    expect(await rawGet(target)).toMatch(/^HTTP\/1.1 404 /);
  });

  it('other methods', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await ask('/api/campaigns', { method })).status, method).toBe(405);
    }
    expect(
      await raw(`TRACE / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`),
    ).toMatch(/^HTTP\/1.1 405 /);
    expect(
      await raw(`CONNECT evil.example:80 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`),
    ).not.toMatch(/^HTTP\/1.1 200 /);
    const json = { 'Content-Type': 'application/json' };
    expect((await ask('/api/campaigns', { method: 'POST', headers: json, body: '{}' })).status).toBe(404);
    expect((await ask('/api/campaigns/small/labels')).status).toBe(404);
  });

  it('what is too long', async () => {
    expect(await rawGet(`/${'a'.repeat(8_000)}`)).toMatch(/^HTTP\/1.1 414 /);
    const header = `X: ${'a'.repeat(20_000)}`;
    expect(await raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${header}\r\n\r\n`)).toMatch(
      / 431 /,
    );
    const { turn } = await anImage();
    const label = { turn, subject: 'prompt', number: 0, reviewer: 'a'.repeat(10_000), label: 'safe' };
    expect((await post(label)).status).toBe(413);
  });
});

describe('what is answered', () => {
  it('everything under a strict policy, errors too', async () => {
    const answers = [
      await ask('/'),
      await ask('/api/campaigns'),
      await ask('/nothing'),
      await fetch(`${origin()}/`),
      await ask('/api/campaigns', { headers: { Origin: 'http://evil.example' } }),
      await ask(`/thumbnails/small/${(await anImage()).hash}`),
    ];
    for (const { headers } of answers) {
      expect(headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(CONTENT_SECURITY_POLICY).toMatch(/default-src 'none'/);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe/);
  });

  it('what the pages show', async () => {
    expect(await askJson('/api/campaigns')).toMatchObject([
      { id: 'small' },
      { id: 'begun', status: 'interrupted' },
    ]);
    expect(await askJson('/api/campaigns/small/report')).toMatchObject({ schemaVersion: 1 });
    expect(await askJson('/api/campaigns/small/conversations')).toMatchObject([
      { category: 'hate', turns: 4 },
      {},
    ]);
    expect(await askJson('/api/campaigns/small/conversation?category=harassment&number=0')).toMatchObject({
      number: 0,
    });
    expect(await askJson('/api/campaigns/small/gallery?show=all&offset=10&limit=500')).toMatchObject({
      total: 16,
      offset: 10,
    });
  });

  it('what is wrong, without paths and stacks', async () => {
    const cases = [
      ['/api/campaigns/nobody/report', 404, 'UNKNOWN_CAMPAIGN'],
      ['/api/campaigns/nobody/events', 404, 'UNKNOWN_CAMPAIGN'],
      ['/api/campaigns/small/conversation?category=hate&number=9', 404, 'UNKNOWN_CONVERSATION'],
      ['/api/campaigns/small/conversation?category=hate&number=x', 404, 'UNKNOWN_CONVERSATION'],
      ['/api/campaigns/small/gallery?limit=501', 400, 'INVALID_FILTER'],
      ['/api/nothing', 404, 'NOT_FOUND'],
      [`/pictures/small/${'ab'.repeat(32)}`, 404, 'NOT_FOUND'],
      ['/pictures/small/AB', 404, 'NOT_FOUND'],
    ] as const;
    for (const [path, status, code] of cases) {
      const response = await ask(path);
      const text = await response.text();
      expect(response.status, path).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ code });
      expect(text).not.toMatch(/node_modules|\.ts:|\/tmp\//);
    }
  });

  it('pictures with the type that was stored, thumbnails as WebP', async () => {
    const { hash } = await anImage();
    for (const kind of ['pictures', 'thumbnails']) {
      const response = await ask(`/${kind}/small/${hash}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('image/webp');
      expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
      // The same picture is none of the other campaign.
      expect((await ask(`/${kind}/begun/${hash}`)).status).toBe(404);
    }
  });

  it('that the file of a picture is damaged, and not the file', async () => {
    const hash = (await imagesFrom(15))[0]?.hash ?? '';
    writeFileSync(join(small.folder, 'images', hash.slice(0, 2), `${hash}.webp`), '<script>1</script>');
    const response = await ask(`/pictures/small/${hash}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'IMAGE_MISSING' });
  });
});

describe('labels', () => {
  it('are stored and exported, names cleaned, formulas kept harmless', async () => {
    const { turn } = await anImage();
    const label = { turn, subject: 'prompt', number: 0, reviewer: '=1+1\u202e', label: 'unsafe' };
    const stored = await post(label, { Origin: origin(), 'Sec-Fetch-Site': 'same-origin' });
    expect(await stored.json()).toMatchObject([{ reviewer: '=1+1', label: 'unsafe' }]);
    const csv = await ask('/api/campaigns/small/labels.csv');
    expect(csv.headers.get('content-type')).toMatch(/text\/csv/);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="labels-small.csv"');
    expect(await csv.text()).not.toMatch(/(^|,)"?=1/m);
    const lines = (await (await ask('/api/campaigns/small/labels.jsonl')).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ reviewer: '=1+1', subject: 'prompt' }]);
    expect(await (await post({ ...label, label: null })).json()).toEqual([]);
  });

  it('are refused where they make no sense', async () => {
    const { turn } = await anImage();
    const label = { turn, subject: 'prompt', number: 0, reviewer: 'Ada', label: 'unsafe' };
    for (const [wrong, status] of [
      ['{', 400],
      ['[]', 400],
      [{ ...label, label: 'fine' }, 400],
      [{ ...label, reviewer: ' ' }, 400],
      [{ ...label, turn: 4_000_000 }, 404],
      [{ ...label, subject: 'evaluation image', number: 50 }, 404],
    ] as const) {
      expect((await post(wrong)).status, JSON.stringify(wrong)).toBe(status);
    }
    expect((await post(label, { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect(problems).toEqual([]);
  });
});

describe('events', () => {
  it('come at once, and again when a label was given', async () => {
    const { turn } = await anImage();
    const stop = new AbortController();
    const response = await ask('/api/campaigns/small/events', { signal: stop.signal });
    expect(response.headers.get('content-type')).toMatch(/text\/event-stream/);
    const versions = new Set<string>();
    let text = '';
    for await (const part of response.body ?? []) {
      text += new TextDecoder().decode(part);
      for (const [, data = ''] of text.matchAll(/^event: progress\ndata: (.*)\n\n/gm)) {
        versions.add(String(JSON.parse(data).version));
      }
      if (versions.size === 2) break;
      if (versions.size === 1) {
        await post({ turn, subject: 'prompt', number: 0, reviewer: 'Ada', label: 'safe' });
      }
    }
    stop.abort();
    expect(versions.size).toBe(2);
  });
});

it('complains of nothing when a browser gives up what it asked for', async () => {
  const told: unknown[] = [];
  const begun = Promise.withResolvers<void>();
  const given = Promise.withResolvers<void>();
  const slow = {
    ...source,
    answer: ({ signal }: Request) =>
      new Promise<Response>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new DOMException('The operation was aborted.', 'AbortError'));
          given.resolve();
        });
        begun.resolve();
      }),
  };
  const onProblem = (error: unknown) => told.push(error);
  const one = await startViewServer({ source: slow, files: FILES, port: 0, token: TOKEN, onProblem });
  const giveUp = new AbortController();
  const asked = fetch(`http://127.0.0.1:${one.port}/thumbnails/small/x`, {
    headers: { Authorization: `Bearer ${TOKEN}` },
    signal: giveUp.signal,
  });
  await begun.promise;
  giveUp.abort();
  await expect(asked).rejects.toThrow('aborted');
  await given.promise;
  // Once the next one is answered, whatever came of that has come.
  await (await fetch(`http://127.0.0.1:${one.port}/app.js`)).text();
  await one.close();
  expect(told).toEqual([]);
});

it('is reached at the loopback address alone', async () => {
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const addresses = others.filter(({ address, family }) => family === 'IPv4' && address !== '127.0.0.1');
  // Another address of the loopback network, where the machine has no other one.
  for (const host of ['127.0.0.2', ...addresses.map(({ address }) => address)]) {
    const socket = connect(server.port, host);
    const [error]: unknown[] = await once(socket, 'error');
    expect(error, host).toMatchObject({ code: expect.stringMatching(/ECONNREFUSED|EADDRNOTAVAIL|EINVAL/) });
  }
});

describe('the port', () => {
  it('is another one where the usual is taken, and an error where it was asked for', async () => {
    await expect(startViewServer({ source, files: FILES, port: server.port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
    const [one, two] = [
      await startViewServer({ source, files: FILES }),
      await startViewServer({ source, files: FILES }),
    ];
    expect(one.port).not.toBe(two.port);
    expect(one.link()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    expect(one.link()).not.toBe(two.link());
    await one.close();
    await two.close();
  });
});
