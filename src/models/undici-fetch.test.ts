import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../../test/servers/http-server.ts';
import { closing } from '../../test/support/servers.ts';
import { createUndiciFetch } from './undici-fetch.ts';

const fetch = await createUndiciFetch();

describe('createUndiciFetch', () => {
  it('sends what it is given, as it is', async () => {
    const server = await closing(startHttpServer(({ path }) => ({ body: path })));
    const json = { 'content-type': 'application/json', 'x-more': '1' };
    const form = new FormData();
    form.set('a', 'b');
    await fetch(`${server.url}/json`, { method: 'POST', headers: json, body: '{"a":1}' });
    await fetch(new URL(`${server.url}/bytes`), {
      method: 'POST',
      headers: json,
      body: Buffer.from('{"a":2}'),
    });
    await fetch(new Request(`${server.url}/whole`, { method: 'PUT', headers: json, body: '{"a":3}' }));
    await fetch(`${server.url}/form`, { method: 'POST', body: form });
    await fetch(`${server.url}/text`, { method: 'POST', body: 'hello' });
    await fetch(`${server.url}/bare`, { method: 'POST', body: new Uint8Array([104, 105]) });
    expect(server.requests.map(({ path, method, body }) => [path, method, body])).toEqual([
      ['/json', 'POST', { a: 1 }],
      ['/bytes', 'POST', { a: 2 }],
      ['/whole', 'PUT', { a: 3 }],
      ['/form', 'POST', expect.stringContaining('name="a"')],
      ['/text', 'POST', 'hello'],
      ['/bare', 'POST', 'hi'],
    ]);
    const types = server.requests.map(({ headers }) => headers['content-type']);
    expect(types.slice(0, 3)).toEqual(Array(3).fill('application/json'));
    expect(types[3]).toContain('multipart/form-data; boundary=');
    expect(types.slice(4)).toEqual(['text/plain;charset=UTF-8', undefined]);
    expect(server.requests[0]?.headers['x-more']).toBe('1');
  });

  it('answers as Node’s own fetch does', async () => {
    const server = await closing(
      startHttpServer(() => ({ status: 418, headers: { 'x-a': 'b' }, body: 'tea' })),
    );
    const answer = await fetch(`${server.url}/x`);
    expect(answer).toBeInstanceOf(Response);
    expect(answer).toMatchObject({ status: 418, ok: false, url: `${server.url}/x` });
    expect(answer.headers.get('x-a')).toBe('b');
    expect(await answer.text()).toBe('tea');
    const none = await closing(startHttpServer(() => ({ status: 204 })));
    expect((await fetch(none.url)).body).toBeNull();
    await expect(fetch('http://127.0.0.1:1/')).rejects.toThrow('fetch failed');
  });

  it('survives a server that names many encodings, when the request is given up', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip, gzip, gzip, gzip, gzip, gzip' });
      response.write('x');
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const stop = new AbortController();
    await expect(fetch(`http://127.0.0.1:${port}/`, { signal: stop.signal })).rejects.toThrow();
    // With Node's own fetch this ends the process.
    stop.abort(new Error('nobody waits any more'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
