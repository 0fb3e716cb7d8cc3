import { connect, createServer, type Server } from 'node:net';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startHttpServer } from '../../test/servers/http-server.ts';
import { closing } from '../../test/support/servers.ts';
import { modelServices } from './model-services.ts';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

const before = getGlobalDispatcher();
beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await getGlobalDispatcher().destroy();
  setGlobalDispatcher(before);
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `127.0.0.1:${address.port}`;
}

/** A proxy that knows one host only, whatever it is asked for, and notes the first lines of requests. */
async function startProxy(host: string) {
  const lines: string[] = [];
  const heads: string[] = [];
  const [name, port] = host.split(':');
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (head) => {
      heads.push(head.toString('latin1'));
      const line = head.toString('latin1').split('\r\n')[0] ?? '';
      lines.push(line);
      const upstream = connect(Number(port), name);
      upstream.on('error', () => socket.destroy());
      if (line.startsWith('CONNECT')) socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      else upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
  });
  return { address: await listening(server), lines, heads };
}

describe('modelServices', () => {
  it('sets up fetch without limits of its own, and without a proxy where none is named', async () => {
    const { fetch } = await modelServices('/');
    expect(getGlobalDispatcher()).toBeInstanceOf(Agent);
    const server = await closing(startHttpServer(() => ({ body: 'direct' })));
    expect(await (await fetch(server.url)).text()).toBe('direct');
  });

  it.each(['HTTP_PROXY', 'http_proxy'])('asks the proxy of %s for plain addresses', async (variable) => {
    const server = await closing(startHttpServer(({ path }) => ({ body: `got ${path}` })));
    const proxy = await startProxy(new URL(server.url).host);
    vi.stubEnv(variable, `http://me:secret@${proxy.address}`);
    const { fetch } = await modelServices('/');
    expect(await (await fetch('http://models.example/v1')).text()).toContain('got ');
    expect(proxy.lines).toEqual(['GET http://models.example/v1 HTTP/1.1']);
    expect(proxy.heads[0]).toMatch(/^proxy-authorization: Basic bWU6c2VjcmV0\r$/im);
  });

  it.each(['HTTPS_PROXY', 'https_proxy'])('opens a tunnel through that of %s for https', async (variable) => {
    const greeted = Promise.withResolvers<Buffer>();
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (bytes) => {
        greeted.resolve(bytes);
        socket.destroy();
      });
    });
    const proxy = await startProxy(await listening(server));
    // As curl takes it.
    vi.stubEnv(variable, proxy.address);
    const { fetch } = await modelServices('/');
    await expect(fetch('https://hub.example/x')).rejects.toThrow('fetch failed');
    expect(proxy.lines).toEqual(['CONNECT hub.example:443 HTTP/1.1']);
    // What went through the tunnel is a TLS handshake.
    expect((await greeted.promise)[0]).toBe(22);
  });

  it('asks the proxy for what answers name, too; without one such an address has to be public', async () => {
    const server = await closing(startHttpServer(({ path }) => ({ body: `got ${path}` })));
    const { port } = new URL(server.url);
    const direct = await (await modelServices('/')).publicFetch?.();
    await expect(direct?.(`http://localhost:${port}/a.png`)).rejects.toMatchObject({
      cause: { code: 'ADDRESS_NOT_PUBLIC' },
    });
    const proxy = await startProxy(new URL(server.url).host);
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
    const through = await (await modelServices('/')).publicFetch?.();
    expect(await (await through?.('http://pictures.example/a.png'))?.text()).toContain('got ');
    expect(proxy.lines).toEqual(['GET http://pictures.example/a.png HTTP/1.1']);
  });

  it.each(['NO_PROXY', 'no_proxy'])('leaves out the hosts of %s', async (variable) => {
    const server = await closing(startHttpServer(() => ({ body: 'direct' })));
    // This machine as well, by an address that is not one of its own.
    const host = `0.0.0.0:${new URL(server.url).port}`;
    const proxy = await startProxy(new URL(server.url).host);
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
    const { fetch } = await modelServices('/');
    await (await fetch(`http://${host}/`)).text();
    expect(proxy.lines).toHaveLength(1);
    vi.stubEnv(variable, '.other.example,0.0.0.0');
    await modelServices('/');
    expect(await (await fetch(`http://${host}/`)).text()).toBe('direct');
    expect(proxy.lines).toHaveLength(1);
  });

  it('never asks a proxy for this machine', async () => {
    const proxy = await startProxy('127.0.0.1:1');
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
    const server = await closing(startHttpServer(() => ({ body: 'direct' })));
    const { port } = new URL(server.url);
    const { fetch } = await modelServices('/');
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('direct');
    }
    // Nobody listens there, which is for the machine to say and not for a proxy.
    for (const host of ['127.8.9.10', '[::1]']) {
      await expect(fetch(`http://${host}:${port}/`)).rejects.toThrow('fetch failed');
    }
    expect(proxy.lines).toEqual([]);
  });

  it.each(['socks5://me:secret@proxy', 'http://', 'not an address'])(
    'refuses the proxy %s',
    async (value) => {
      vi.stubEnv('HTTPS_PROXY', value);
      const error = await modelServices('/').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'WRONG_PROXY', message: expect.stringContaining('HTTPS_PROXY') });
      expect(JSON.stringify(error)).not.toContain('secret');
    },
  );
});
