import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findCampaign, listConversations } from './campaigns.ts';
import { lockHolder } from './folder-lock.ts';
import { openStore } from './open-store.ts';
import { storeCampaign, temporaryFolder } from './store-fixtures.ts';

/** A data folder with a campaign in it, made once and copied. */
let template: string;
let folder: string;
beforeAll(async () => {
  template = temporaryFolder();
  const store = await openStore({ dataDir: template, command: 'test' });
  await storeCampaign(store.database, 'kept', 2);
  await store.close();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = () => readdirSync(folder).toSorted();
const open = () => openStore({ dataDir: folder, command: 'test' });
function copyOfTemplate() {
  cpSync(template, folder, { recursive: true });
}

describe('openStore', () => {
  it('makes a folder that is not there, and closes without a trace of itself', async () => {
    rmSync(folder, { recursive: true });
    const dataDir = join(folder, 'deep', 'within');
    const store = await openStore({ dataDir, command: 'test' });
    expect(store).toMatchObject({ kind: 'embedded', location: dataDir, dataDir });
    expect(lockHolder(dataDir)?.command).toBe('test');
    // Nobody else's business.
    expect(statSync(dataDir).mode & 0o077).toBe(0);
    expect(await findCampaign(store.database, 'latest')).toBeUndefined();
    await store.close();
    expect(readdirSync(dataDir).toSorted()).toEqual(['database', 'format.json']);
  });

  it('finds again what was stored', async () => {
    copyOfTemplate();
    for (let times = 0; times < 2; times++) {
      const store = await open();
      expect(await findCampaign(store.database, 'kept')).toMatchObject({ name: 'name of kept' });
      expect(await listConversations(store.database, 'kept')).toHaveLength(2);
      await store.close();
    }
  });

  it('lets one at a time work in a folder', async () => {
    copyOfTemplate();
    const store = await open();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE', exitCode: 2 });
    // The refused one has disturbed nothing.
    expect(await findCampaign(store.database, 'kept')).toBeDefined();
    await store.close();
  });

  it('comes up after being killed at any stage of its creation', async () => {
    const script = `
      import { openStore } from ${JSON.stringify(new URL('./open-store.ts', import.meta.url).href)};
      await openStore({ dataDir: process.argv[1], command: 'child' });
      setInterval(() => undefined, 1000);`;
    const stages: readonly (() => boolean)[] = [
      () => files().includes('lock'),
      () => files().some((name) => name.startsWith('database.new.')),
      () => files().includes('database'),
    ];
    for (const isReached of stages) {
      const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
        stdio: 'inherit',
      });
      const ended = once(child, 'exit');
      await vi.waitFor(() => expect(isReached()).toBe(true), { timeout: 30_000, interval: 2 });
      child.kill('SIGKILL');
      await ended;
    }
    const store = await open();
    expect(await findCampaign(store.database, 'latest')).toBeUndefined();
    await storeCampaign(store.database, 'afterwards');
    await store.close();
    expect(files()).toEqual(['database', 'format.json']);
  });

  it('keeps what was committed when it is killed', async () => {
    copyOfTemplate();
    const script = `
      import { openStore } from ${JSON.stringify(new URL('./open-store.ts', import.meta.url).href)};
      import { storeCampaign } from ${JSON.stringify(new URL('./store-fixtures.ts', import.meta.url).href)};
      const store = await openStore({ dataDir: process.argv[1], command: 'child' });
      await storeCampaign(store.database, 'acknowledged', 3);
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: 'inherit',
    });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const store = await open();
    expect(await listConversations(store.database, 'acknowledged')).toHaveLength(3);
    await store.close();
  });
});

describe('a folder that cannot be used is refused, and left as it was:', () => {
  it('one of a newer version', async () => {
    writeFileSync(join(folder, 'format.json'), '{"format":2}');
    await expect(open()).rejects.toMatchObject({
      code: 'DATA_FOLDER_NEWER',
      exitCode: 2,
      message: expect.stringContaining('format 2, this one knows 1'),
    });
    expect(files()).toEqual(['format.json']);
  });

  it('one whose tables are of a newer version', async () => {
    copyOfTemplate();
    const store = await open();
    await store.database.execute(
      sql`insert into art.migrations (hash, created_at) values ('of the future', 99999999999999)`,
    );
    await store.close();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_NEWER', exitCode: 2 });
    expect(lockHolder(folder)).toBeUndefined();
    // And once more: nothing of the refused attempt is in the way.
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_NEWER' });
  });

  it.each(['', '{"for', '{}', 'null', '{"format":"1"}'])(
    'one whose marker says nothing: %j',
    async (text) => {
      writeFileSync(join(folder, 'format.json'), text);
      await expect(open()).rejects.toMatchObject({
        code: 'DATA_FOLDER_UNREADABLE',
        message: expect.stringContaining('format.json'),
      });
      expect(files()).toEqual(['format.json']);
    },
  );

  it('one of PostgreSQL', async () => {
    writeFileSync(join(folder, 'PG_VERSION'), '18\n');
    await expect(open()).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNREADABLE',
      message: `${folder} is a PostgreSQL folder, not a data folder of ART.`,
    });
    expect(files()).toEqual(['PG_VERSION']);
  });

  it('one that is a file', async () => {
    const dataDir = join(folder, 'file');
    writeFileSync(dataDir, 'text');
    await expect(openStore({ dataDir, command: 'test' })).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNREADABLE',
      exitCode: 2,
    });
  });

  it('one whose database is damaged', async () => {
    copyOfTemplate();
    truncateSync(join(folder, 'database', 'global', 'pg_control'), 10);
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_UNREADABLE', exitCode: 2 });
    expect(lockHolder(folder)).toBeUndefined();
  });

  it('one whose database is a file', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'database'), 'text');
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_UNREADABLE', exitCode: 2 });
    expect(files()).toEqual(['database', 'format.json']);
  });
});

describe('a server that cannot be used', () => {
  it.each([
    'postgres://someone:topsecret@127.0.0.1:1/art',
    'postgres://someone:topsecret@127.0.0.1:99999/art',
    'topsecret',
  ])('is refused without a word of its password: %s', async (databaseUrl) => {
    const error = await openStore({ dataDir: folder, databaseUrl, command: 'test' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', exitCode: 2 });
    const said = error instanceof Error ? error.message : '';
    expect(said).not.toContain('topsecret');
    expect(files()).toEqual(['format.json']);
  });
});
