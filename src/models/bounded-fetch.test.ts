import { afterEach, expect, it } from 'vitest';
import { alwaysFault } from '../../test/servers/faults.ts';
import { type RunningServer, startHttpServer } from '../../test/servers/http-server.ts';
import { boundedFetch } from './bounded-fetch.ts';

let server: RunningServer;
afterEach(() => server.close());

it('passes on what is within the bound, with status, headers and URL', async () => {
  server = await startHttpServer(() => ({ status: 418, headers: { 'x-a': 'b' }, body: 'short' }));
  const response = await boundedFetch(fetch, 10)(`${server.url}/x`);
  expect([response.status, response.headers.get('x-a'), response.url]).toEqual([418, 'b', `${server.url}/x`]);
  expect(await response.text()).toBe('short');
});

it('refuses what is announced to be larger', async () => {
  server = await startHttpServer(() => ({ body: 'x'.repeat(11) }));
  await expect(boundedFetch(fetch, 10)(server.url)).rejects.toMatchObject({
    code: 'BAD_ANSWER',
    data: { announced: 11 },
  });
});

it('cuts off what turns out to be larger', async () => {
  server = await startHttpServer(() => ({}), { faults: alwaysFault({ kind: 'huge', bytes: 3_000_000 }) });
  const response = await boundedFetch(fetch, 1_000_000)(server.url);
  await expect(response.text()).rejects.toMatchObject({ code: 'BAD_ANSWER', retryable: true });
});

it('leaves answers without a body alone', async () => {
  server = await startHttpServer(() => ({ status: 204, headers: { 'content-length': '0' } }));
  expect((await boundedFetch(fetch, 1)(server.url)).status).toBe(204);
});
