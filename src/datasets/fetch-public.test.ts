import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FetchLimits, fetchPublic, isPublicAddress } from './fetch-public.ts';

describe('addresses of the public internet', () => {
  test.each(['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '172.32.0.1', '100.128.0.1'])(
    '%s is one',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd12::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
    '::127.0.0.1',
    '2001:db8::1',
    'example.com',
    '',
  ])('%j is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

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
