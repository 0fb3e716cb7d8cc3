import { expect, it, onTestFinished, vi } from 'vitest';
import { startHttpServer } from './http-server.ts';
import { startTcpProxy } from './tcp-proxy.ts';

async function behindProxy() {
  const server = await startHttpServer(({ body }) => ({ body: { body } }));
  const proxy = await startTcpProxy(Number(new URL(server.url).port));
  onTestFinished(async () => {
    await proxy.close();
    await server.close();
  });
  const ask = async (signal?: AbortSignal) => {
    const response = await fetch(`http://127.0.0.1:${proxy.port}/`, {
      method: 'POST',
      body: 'x'.repeat(200_000),
      ...(signal === undefined ? {} : { signal }),
    });
    return (await response.text()).length;
  };
  return { proxy, server, ask };
}

it('passes everything on, also late', async () => {
  const { proxy, ask } = await behindProxy();
  expect(await ask()).toBeGreaterThan(200_000);
  proxy.slow(5);
  expect(await ask()).toBeGreaterThan(200_000);
});

it('holds everything up, without closing anything, until it flows again', async () => {
  const { proxy, server, ask } = await behindProxy();
  await ask();
  proxy.stall();
  await expect(ask(AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
  const asked = server.requests.length;
  const held = ask();
  proxy.flow();
  expect(await held).toBeGreaterThan(200_000);
  expect(server.requests.length).toBeGreaterThan(asked);
});

it('resets connections, refuses them, and takes them again at the same address', async () => {
  const { proxy, ask } = await behindProxy();
  proxy.stall();
  const reset = ask();
  await vi.waitFor(() => expect(proxy.connections()).toBe(1));
  proxy.cut();
  await expect(reset).rejects.toThrow('fetch failed');
  proxy.flow();
  await proxy.down();
  await expect(ask()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await proxy.up();
  expect(await ask()).toBeGreaterThan(200_000);
});
