import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDataSource } from './data-source.ts';

test('a campaign that is just beginning is waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'art-source-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Another process that lives and holds the folder: whoever has started the tests.
  const holder = { id: 'other', pid: process.ppid, host: hostname(), command: 'run', since: '' };
  writeFileSync(join(folder, 'lock'), JSON.stringify(holder));
  const socket = join(folder, 'view.sock');
  const campaigns = [
    {
      id: 'one',
      name: 'first',
      strategy: 'art',
      target: 'sandbox',
      status: 'running',
      createdAt: '2026-01-01T00:00:00.000Z',
      simulated: true,
    },
  ];
  const answers = [
    { status: 503, body: { code: 'DATA_FOLDER_IN_USE', message: 'Another command is working.' } },
    { status: 200, body: campaigns },
  ];
  const asked: number[] = [];
  const server = createServer((_, response) => {
    const { status, body } = answers[Math.min(asked.length, 1)] ?? { status: 500, body: {} };
    asked.push(status);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(socket);
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  const source = await openDataSource({ dataDir: folder });
  onTestFinished(() => source.close());
  expect(await source.campaigns()).toEqual(campaigns);
  expect(asked).toEqual([503, 200]);
  const again = await source.answer(new Request('http://localhost/api/campaigns'));
  expect(await again.json()).toEqual(campaigns);
});
