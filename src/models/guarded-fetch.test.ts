import { describe, expect, it } from 'vitest';
import { type Answer, type RecordedRequest, startHttpServer } from '../../test/servers/http-server.ts';
import { closing } from '../../test/support/servers.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { type GuardOptions, guardedFetch } from './guarded-fetch.ts';
import { ModelError } from './model-error.ts';
import { createPublicFetch } from './public-fetch.ts';

const LOOPBACK = { address: '127.0.0.1', family: 4 };
const PUBLIC = { address: '93.184.215.14', family: 4 };
const KEYS = { authorization: 'Bearer a-harmless-key', 'x-key': 'a-harmless-key', accept: 'image/*' };

async function start(handle: (request: RecordedRequest) => Answer = () => ({ body: 'a picture' })) {
  const server = await closing(startHttpServer(handle));
  return { ...server, port: new URL(server.url).port };
}

/** The guard of a target; names are resolved to this machine, which the test calls public. */
function guard(options: Partial<GuardOptions> = {}, allowPrivate = true): typeof globalThis.fetch {
  return guardedFetch({
    fetch,
    publicFetch: () => createPublicFetch({ allowPrivate, resolve: async () => [LOOPBACK] }),
    role: 'target',
    ...options,
  });
}

async function refusal(promise: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'ADDRESS_REFUSED', retryable: false });
  if (!(error instanceof ModelError)) throw error;
  return error;
}

describe('guardedFetch', () => {
  it('asks the configured address, whatever it is, with everything that is sent', async () => {
    const server = await start();
    const asked = guard({ baseURL: `${server.url}/v1` });
    await (await asked(`${server.url}/v1/images`, { method: 'POST', headers: KEYS, body: '{}' })).text();
    await (await asked(new URL(`${server.url}/files/a.png`))).text();
    await (await asked(new Request(`${server.url}/files/b.png`, { headers: KEYS }))).text();
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/images', '/files/a.png', '/files/b.png']);
    expect(server.requests[0]?.headers).toMatchObject(KEYS);
  });

  it('takes the first address for the provider’s where none is configured', async () => {
    const server = await start();
    const asked = guard();
    await (await asked(server.url, { method: 'POST', body: '{}' })).text();
    await (await asked(`${server.url}/a.png`)).text();
    await refusal(asked('http://127.0.0.1:9/a.png'));
  });

  it('refuses every other host and names the key of the configuration', async () => {
    const asked = guard({ baseURL: 'https://api.example.org/v1' });
    const error = await refusal(asked('https://pictures.example.net/a.png?sig=secret-signature'));
    expect(error.message).toContain('https://pictures.example.net/a.png');
    expect(error.hint).toContain('add "pictures.example.net" to target.imageHosts');
    expect(JSON.stringify([error, error.message, error.hint])).not.toContain('secret-signature');
  });

  it('fetches from a configured host, without keys', async () => {
    const server = await start();
    const asked = guard({
      baseURL: 'https://api.example.org/v1',
      imageHosts: [`pictures.example.net:${server.port}`],
    });
    const answer = await asked(`http://pictures.example.net:${server.port}/a.png`, { headers: KEYS });
    expect(await answer.text()).toBe('a picture');
    expect(answer.url).toContain('pictures.example.net');
    const [request] = server.requests;
    expect(request?.headers.host).toBe(`pictures.example.net:${server.port}`);
    expect(request?.headers.accept).toBe('image/*');
    expect(JSON.stringify(request?.headers)).not.toContain('a-harmless-key');
  });

  it.each([
    'http://127.0.0.1:7861/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0/',
  ])('refuses %s even where it is listed', async (url) => {
    const { host } = new URL(url);
    const asked = guard({ baseURL: 'http://127.0.0.1:7860', imageHosts: [host] }, false);
    expect((await refusal(asked(url))).message).toMatch(/public internet|imageHosts/);
  });

  it('refuses a listed name that means an address inside of the network', async () => {
    const server = await start();
    const imageHosts = [`pictures.example.net:${server.port}`];
    const url = `http://pictures.example.net:${server.port}/`;
    const asked = guard({ baseURL: 'https://api.example.org', imageHosts }, false);
    expect((await refusal(asked(url))).message).toContain('public internet');
    // One outside and one inside is a trap.
    const mixed = guardedFetch({
      fetch,
      publicFetch: () => createPublicFetch({ resolve: async () => [PUBLIC, LOOPBACK] }),
      baseURL: 'https://api.example.org',
      imageHosts,
      role: 'target',
    });
    await refusal(mixed(url));
    expect(server.requests).toEqual([]);
  });

  it('connects to the address that was checked, not to what the name means later', async () => {
    const server = await start();
    let asked = 0;
    const resolve = async () => (asked++ === 0 ? [LOOPBACK] : [{ address: '127.0.0.2', family: 4 }]);
    const rebound = guardedFetch({
      fetch,
      publicFetch: () => createPublicFetch({ allowPrivate: true, resolve }),
      baseURL: 'https://api.example.org',
      imageHosts: [`pictures.example.net:${server.port}`],
      role: 'target',
    });
    await (await rebound(`http://pictures.example.net:${server.port}/`)).text();
    expect(server.requests).toHaveLength(1);
    expect(asked).toBe(1);
  });

  it('asks known delivery hosts by https alone', async () => {
    const asked = guard({ baseURL: 'https://fal.run', deliveryHosts: ['*.fal.media'] });
    await refusal(asked('http://v3.fal.media/a.png'));
    await refusal(asked('https://v3.fal.media:8443/a.png'));
  });

  it.each([
    'file:///etc/hostname',
    'ftp://pictures.example.net/a',
    'blob:nodedata:x',
    'http://a:b@pictures.example.net/',
  ])('never fetches %s', async (url) => {
    await refusal(guard({ baseURL: 'https://a.example', imageHosts: ['pictures.example.net'] })(url));
  });

  it('reads what stands in the address itself', async () => {
    const answer = await guard({ baseURL: 'https://a.example' })('data:image/png;base64,aGVsbG8=');
    expect(await answer.text()).toBe('hello');
  });

  describe('a redirect', () => {
    const to = (location: string, status = 302): Answer => ({ status, headers: { location } });

    it('is followed within the provider’s own host', async () => {
      const server = await start(({ path }) => (path === '/old' ? to('/new') : { body: 'here' }));
      const asked = guard({ baseURL: server.url });
      expect(await (await asked(`${server.url}/old`, { headers: KEYS })).text()).toBe('here');
      expect(server.requests[1]?.headers).toMatchObject(KEYS);
    });

    it('keeps what is sent where the status says so', async () => {
      const server = await start(({ path }) => (path === '/old' ? to('/new', 307) : { body: 'here' }));
      const init = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
      await (await guard({ baseURL: server.url })(`${server.url}/old`, init)).text();
      expect(server.requests[1]).toMatchObject({ method: 'POST', body: { a: 1 } });
      const other = await start(({ path }) => (path === '/old' ? to('/new', 303) : { body: 'here' }));
      await (await guard({ baseURL: other.url })(`${other.url}/old`, init)).text();
      expect(other.requests[1]).toMatchObject({ method: 'GET' });
    });

    it('is checked at each hop', async () => {
      const hidden = await start();
      const server = await start(() => to(`${hidden.url}/secret`));
      const error = await refusal(guard({ baseURL: server.url }, false)(server.url, { headers: KEYS }));
      expect(error.hint).toContain('imageHosts');
      const posted = await start(() => to(`${hidden.url}/secret`, 307));
      const init = { method: 'POST', body: 'a prompt', headers: KEYS };
      expect((await refusal(guard({ baseURL: posted.url })(posted.url, init))).hint).toContain('baseURL');
      // From a listed host to one inside.
      const listed = guard({
        baseURL: 'https://api.example.org',
        imageHosts: [`pictures.example.net:${server.port}`],
      });
      await refusal(listed(`http://pictures.example.net:${server.port}/`));
      expect(hidden.requests).toEqual([]);
    });

    it('carries no keys to another host', async () => {
      const other = await start();
      const server = await start(() => to(`http://pictures.example.net:${other.port}/a.png`));
      const asked = guard({ baseURL: server.url, imageHosts: [`pictures.example.net:${other.port}`] });
      await (await asked(server.url, { headers: KEYS })).text();
      expect(JSON.stringify(other.requests[0]?.headers)).not.toContain('a-harmless-key');
    });

    it('in a circle ends', async () => {
      const server = await start(() => to('/round'));
      await refusal(guard({ baseURL: server.url })(server.url));
      expect(server.requests.length).toBeLessThan(10);
    });

    it('is left to whoever wants to see it', async () => {
      const server = await start(() => to('http://127.0.0.1:9/'));
      expect((await guard({ baseURL: server.url })(server.url, { redirect: 'manual' })).status).toBe(302);
      await refusal(guard({ baseURL: server.url })(server.url, { redirect: 'error' }));
    });
  });

  it('gives up on a picture that is too large or does not come', async () => {
    const server = await start(({ path }) =>
      path === '/large'
        ? { body: Buffer.alloc(5000) }
        : { body: Buffer.alloc(5000), cut: { after: 10, by: 'silence' } },
    );
    const host = `pictures.example.net:${server.port}`;
    const asked = guard({ baseURL: 'https://api.example.org', imageHosts: [host], timeoutMs: 300 });
    await expect(boundedFetch(asked, 1000)(`http://${host}/large`)).rejects.toMatchObject({
      code: 'BAD_ANSWER',
    });
    await expect((await asked(`http://${host}/silent`)).arrayBuffer()).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});
