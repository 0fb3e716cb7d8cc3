import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { rememberSecret } from '../models/redact.ts';
import { PROMETHEUS_TYPE, serveWorkerStatus, type WorkerStatusOptions } from './worker-server.ts';

async function serve(options: Partial<WorkerStatusOptions> = {}) {
  const server = await serveWorkerStatus({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ ok: true, reasons: [], detail: { conversations: 3 } }),
    readiness: async () => ({ ok: true, reasons: [] }),
    metrics: async () => 'art_turns_total 1\n',
    ...options,
  });
  onTestFinished(() => server.close().catch(() => undefined));
  return server;
}

it('says that a worker is alive and ready, and its metrics', async () => {
  const { url } = await serve();
  const health = await fetch(`${url}/healthz`);
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ ok: true, reasons: [], detail: { conversations: 3 } });
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ok: true, reasons: [] }]);
  const metrics = await fetch(`${url}/metrics`);
  expect(metrics.headers.get('content-type')).toBe(PROMETHEUS_TYPE);
  expect(metrics.headers.get('cache-control')).toBe('no-store');
  expect(await metrics.text()).toBe('art_turns_total 1\n');
  expect((await fetch(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200);
});

it('says with 503 why a worker is not well, without keys and terminal escapes', async () => {
  rememberSecret('a-password-of-the-database');
  const { url } = await serve({
    health: () => ({ ok: false, reasons: ['No turn for 900 s.'] }),
    readiness: async () => {
      throw new Error('connect \u001b[31mfailed\u001b[0m: postgres://art:a-password-of-the-database@db/art');
    },
  });
  const health = await fetch(`${url}/healthz`);
  expect([health.status, await health.json()]).toEqual([503, { ok: false, reasons: ['No turn for 900 s.'] }]);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({
    ok: false,
    reasons: ['connect failed: postgres://[redacted]@db/art'],
  });
});

it('serves nothing else, and to no other method', async () => {
  const { url } = await serve();
  for (const path of ['/', '/healthz/', '/api/campaigns', '/%2e%2e/etc/passwd', '/metrics/x']) {
    expect((await fetch(`${url}${path}`)).status).toBe(404);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    expect((await fetch(`${url}/healthz`, { method })).status).toBe(405);
  }
});

it('answers 500 where the metrics fail, and goes on', async () => {
  const { url } = await serve({ metrics: () => Promise.reject(new Error('no reader')) });
  const metrics = await fetch(`${url}/metrics`);
  expect([metrics.status, await metrics.json()]).toEqual([500, { error: 'no reader' }]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('says which port it cannot have', async () => {
  const { url } = await serve();
  const port = Number(new URL(url).port);
  await expect(serve({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE', exitCode: 2, data: { port } });
});

it('answers what is under way before it closes, and then nothing more', async () => {
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const server = await serve({
    metrics: async () => {
      asked.resolve();
      await goOn.promise;
      return 'late\n';
    },
  });
  const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(idle, 'connect');
  const answer = fetch(`${server.url}/metrics`);
  await asked.promise;
  const closed = server.close();
  goOn.resolve();
  expect(await (await answer).text()).toBe('late\n');
  await closed;
  idle.destroy();
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});

it('writes an IPv6 address as URLs have it', async () => {
  const { url } = await serve({ host: '::1' });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
