import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FetchLimits, fetchPublic, shownAddress } from './fetch-public.ts';

const limits = (change: Partial<FetchLimits> = {}): FetchLimits => ({
  mostBytes: 1_000,
  timeoutMs: 2_000,
  redirects: 2,
  allowPrivate: true,
  ...change,
});

async function serve(
  answers: Readonly<Record<string, { status?: number; body?: string; location?: string; hang?: boolean }>>,
) {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const { status = 200, body = '', location, hang = false } = answers[url] ?? { status: 404 };
    if (hang) return;
    response.writeHead(status, location === undefined ? {} : { location });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

describe('fetching', () => {
  test('gives the bytes, behind redirects as well', async () => {
    const { url } = await serve({ '/a': { status: 302, location: '/b' }, '/b': { body: 'picture' } });
    expect(Buffer.from(await fetchPublic(`${url}/a`, limits())).toString()).toBe('picture');
  });

  test('does not go inside of a network: by number, by name, by redirect', async () => {
    const { url, port, asked } = await serve({ '/': { body: 'secret' } });
    for (const address of [
      `${url}/`,
      `http://localhost:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://2130706433:${port}/`,
    ]) {
      await expect(fetchPublic(address, limits({ allowPrivate: false }))).rejects.toThrow(
        'not of the public internet',
      );
    }
    expect(asked).toEqual([]);
  });

  test.each([
    ['/large', { '/large': { body: 'x'.repeat(1_001) } }, 'more than 1000 bytes'],
    ['/round', { '/round': { status: 302, location: '/round' } }, 'more than 2 redirects'],
    ['/file', { '/file': { status: 302, location: 'file:///etc/passwd' } }, 'file: is not fetched'],
    ['/gone', {}, 'answered 404'],
    ['/slow', { '/slow': { hang: true } }, 'took too long'],
  ])('%s fails', async (path, answers, message) => {
    const { url } = await serve(answers);
    await expect(fetchPublic(`${url}${path}`, limits({ timeoutMs: 500 }))).rejects.toThrow(message);
  });

  test.each([
    'not an address',
    'ftp://example.com/x',
    'http://user:secret@example.com/x',
    'data:image/png;base64,AAAA',
  ])('%s is not fetched, and no password is repeated', async (address) => {
    const error = await fetchPublic(address, limits()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('FetchFailed');
    expect(String(error)).not.toContain('secret');
  });
});

test('the time limit holds for a resolver that says nothing', async () => {
  const fetching = fetchPublic(
    'http://slow.example/',
    limits({ timeoutMs: 50, resolve: () => new Promise(() => {}) }),
  );
  await expect(fetching).rejects.toThrow('took too long');
});

describe('a proxy', () => {
  test('is not asked, for it would resolve the name itself', async () => {
    const { port, asked } = await serve({ '/': { body: 'picture' } });
    const proxy = await serve({});
    const before = http.globalAgent;
    onTestFinished(() => {
      http.globalAgent = before;
    });
    // What NODE_USE_ENV_PROXY does.
    http.globalAgent = new http.Agent({ proxyEnv: { HTTP_PROXY: proxy.url } });
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const bytes = await fetchPublic(`http://pictures.example:${port}/`, limits({ resolve }));
    expect(Buffer.from(bytes).toString()).toBe('picture');
    expect([asked, proxy.asked]).toEqual([['/'], []]);
  });

  test('that is named explains why no connection came about', async () => {
    const resolve = async () => Promise.reject(new Error('no such name'));
    await expect(
      fetchPublic('http://pictures.example/', limits({ resolve, proxyVariable: 'HTTP_PROXY' })),
    ).rejects.toThrow('no such name (asked directly: the proxy of HTTP_PROXY');
  });
});

test.each([
  ['https://a.example/p.png?token=abc&id=7#part', 'https://a.example/p.png?token=[redacted]&id=[redacted]'],
  ['https://a.example/p.png?abc&=7', 'https://a.example/p.png?[redacted]&=[redacted]'],
  ['https://user:word@a.example/p.png', 'https://a.example/p.png'],
  ['no address\u001b[31m', 'no address'],
])('%s is shown without what may be a key', (address, shown) => {
  expect(shownAddress(address)).toBe(shown);
});
