import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openStore } from '../src/store/open-store.ts';
import { CANARY, sightingsOf } from './support/canary.ts';
import { dumpOf } from './support/dump-store.ts';
import { filesBelow, temporaryFolder } from './support/folders.ts';
import { postgresObstacle, startPostgres } from './support/postgres.ts';
import { runArt } from './support/run-art.ts';
import { deadUrl } from './support/servers.ts';

/** With what has to be encoded in a URL. */
const SECRET = `${CANARY}/store+secret`;

/** Fails the test where the password, in whatever form, is in a text. */
function expectNoKey(where: string, text: string): void {
  expect(sightingsOf(SECRET, text), where).toEqual([]);
}

describe('the password of a database', { timeout: 240_000 }, () => {
  const sandbox = {
    preset: 'sandbox',
    target: { size: '256x256' },
    categories: ['shocking'],
    conversations: 1,
    rounds: 1,
    imagesPerPrompt: 1,
  };
  const env = { ART_DEBUG: '1', ART_LOG_LEVEL: 'debug' };
  const password = encodeURIComponent(SECRET);

  it('is shown by no command that cannot connect', async () => {
    const cwd = temporaryFolder({ 'art.yaml': sandbox });
    const { host } = new URL(await deadUrl());
    const urls = [
      `postgres://me:${password}@${host}/art`,
      `mysql://me:${password}@${host}/art`,
      `postgres:/me:${password}@x`,
    ];
    const commands = [
      ...urls.map((url) => ['run', '--database', url]),
      ['status', '--database', urls[0] ?? ''],
    ];
    const results = await Promise.all(commands.map((command) => runArt(command, { cwd, env })));
    for (const { code, stdout, stderr } of results) {
      expect([1, 2]).toContain(code);
      expectNoKey('what was said', stdout + stderr);
    }
    for (const file of filesBelow(cwd)) expectNoKey(file, readFileSync(file, 'latin1'));
  });

  it.skipIf(postgresObstacle() !== undefined)('is found nowhere after a campaign', async () => {
    const server = await startPostgres();
    try {
      const admin = await server.createDatabase('canary');
      const client = new pg.Client({ connectionString: admin });
      await client.connect();
      await client.query(`create role carrier login superuser password '${SECRET}'`);
      await client.end();
      const url = `postgres://carrier:${password}@127.0.0.1:${server.port}/canary`;
      const cwd = temporaryFolder({ 'art.yaml': sandbox });
      const commands = [
        ['run'],
        ['report'],
        ['status'],
        ['report', '--format', 'html', '--out', 'report.html'],
      ];
      for (const command of commands) {
        const { code, stdout, stderr } = await runArt([...command, '--database', url, '--data-dir', 'data'], {
          cwd,
          env,
        });
        expect(code, stderr).toBe(0);
        expectNoKey(command.join(' '), stdout + stderr);
      }
      const wrong = await runArt(['status', '--database', url.replace('carrier', 'nobody')], { cwd, env });
      expectNoKey('a refused log-in', wrong.stdout + wrong.stderr);
      for (const file of filesBelow(cwd)) expectNoKey(file, readFileSync(file, 'latin1'));
      const store = await openStore({ dataDir: join(cwd, 'data'), databaseUrl: admin, command: 'test' });
      try {
        expectNoKey('the database', await dumpOf(store));
      } finally {
        await store.close();
      }
    } finally {
      await server.stop();
    }
  });
});
