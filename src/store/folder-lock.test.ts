import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { contentHash } from './content-hash.ts';
import { lockFolder, lockHolder } from './folder-lock.ts';
import { temporaryFolder } from './store-fixtures.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

const MODULE = JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href);

/** Takes and releases the lock as it is told on stdin, and says how it went, line by line. */
const CHILD = `
  import { createInterface } from 'node:readline';
  import { lockFolder } from ${MODULE};
  const [folder] = process.argv.slice(1);
  let lock;
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'release') { lock?.release(); lock = undefined; console.log('released'); continue; }
    // All children begin at the same moment.
    for (const start = Number(line.split(' ')[1]); Date.now() < start; );
    try { lock = lockFolder(folder, 'child'); console.log('won'); }
    catch (error) { console.log(error.code ?? String(error)); }
  }
`;

interface Child {
  readonly process: ChildProcess;
  /** Sends a line and gives back the next one that it says. */
  tell(line: string): Promise<string>;
  kill(): Promise<void>;
}

async function startChild(): Promise<Child> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return {
    process: child,
    tell(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** The pid of a process that is no more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? Number.NaN;
}

function holder(more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: 'somebody',
    pid: process.pid,
    host: hostname(),
    processStart: null,
    command: 'run',
    since: '2026-11-23T12:00:00.000Z',
    ...more,
  });
}

const files = () => readdirSync(folder).toSorted();

describe('lockFolder', () => {
  it('holds the folder until it is released, and leaves nothing behind', () => {
    const lock = lockFolder(folder, 'run');
    expect(lockHolder(folder)).toMatchObject({ pid: process.pid, command: 'run', host: hostname() });
    expect(files()).toEqual(['lock']);
    expect(() => lockFolder(folder, 'report')).toThrow(
      expect.objectContaining({ code: 'DATA_FOLDER_IN_USE', exitCode: 2 }),
    );
    lock.release();
    expect(lockHolder(folder)).toBeUndefined();
    expect(files()).toEqual([]);
    lockFolder(folder, 'again').release();
  });

  it('refuses a second process, and says who holds the folder', async () => {
    const child = await startChild();
    expect(await child.tell('take 0')).toBe('won');
    expect(() => lockFolder(folder, 'report')).toThrow(
      expect.objectContaining({
        code: 'DATA_FOLDER_IN_USE',
        message: expect.stringContaining(`process ${child.process.pid} on ${hostname()} (art child, since `),
      }),
    );
    expect(await child.tell('release')).toBe('released');
    lockFolder(folder, 'report').release();
    expect(files()).toEqual([]);
  });

  it('takes the lock of a killed process over at once', async () => {
    const child = await startChild();
    expect(await child.tell('take 0')).toBe('won');
    await child.kill();
    expect(existsSync(join(folder, 'lock'))).toBe(true);
    expect(lockHolder(folder)).toBeUndefined();
    const lock = lockFolder(folder, 'resume');
    expect(lockHolder(folder)).toMatchObject({ pid: process.pid, command: 'resume' });
    expect(files()).toEqual(['lock']);
    lock.release();
    expect(files()).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('knows that a zombie holds nothing', async () => {
    // The shell becomes a sleep, which never asks how its child ended.
    const script = `import { lockFolder } from ${MODULE}; lockFolder(process.argv[1], 'zombie'); process.kill(process.pid, 'SIGKILL');`;
    const parent = spawn(
      'sh',
      ['-c', '"$0" --input-type=module -e "$1" "$2" & exec sleep 600', process.execPath, script, folder],
      { stdio: 'inherit' },
    );
    children.push(parent);
    await vi.waitFor(
      () => {
        const { pid } = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'));
        expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      },
      { timeout: 20_000, interval: 20 },
    );
    expect(lockHolder(folder)).toBeUndefined();
    lockFolder(folder, 'resume').release();
  });

  it.runIf(process.platform === 'linux')('tells a process from another one that has its pid now', () => {
    writeFileSync(join(folder, 'lock'), holder({ processStart: '1' }));
    expect(lockHolder(folder)).toBeUndefined();
    lockFolder(folder, 'run').release();
    writeFileSync(join(folder, 'lock'), holder({ processStart: null }));
    expect(() => lockFolder(folder, 'run')).toThrow(expect.objectContaining({ code: 'DATA_FOLDER_IN_USE' }));
  });

  it.each(['', '{"id":"som', 'null', '[]', '{"id":1}', '\u0000\u0000'])(
    'takes over a lock that was cut off by a crash: %j',
    (text) => {
      writeFileSync(join(folder, 'lock'), text);
      expect(lockHolder(folder)).toBeUndefined();
      const lock = lockFolder(folder, 'run');
      expect(lockHolder(folder)?.command).toBe('run');
      lock.release();
      expect(files()).toEqual([]);
    },
  );

  it('believes a holder on another machine as long as its heart beats', () => {
    const path = join(folder, 'lock');
    writeFileSync(path, holder({ host: 'another-machine', pid: 1 }));
    expect(() => lockFolder(folder, 'run')).toThrow(expect.objectContaining({ code: 'DATA_FOLDER_IN_USE' }));
    const longAgo = new Date(Date.now() - 31_000);
    utimesSync(path, longAgo, longAgo);
    lockFolder(folder, 'run').release();
  });

  it('shows that it is alive', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const lock = lockFolder(folder, 'run');
      const path = join(folder, 'lock');
      const longAgo = new Date(1_000_000);
      // Seen as another machine sees it, which has nothing but the time of the file.
      writeFileSync(path, holder({ host: 'another-machine' }));
      utimesSync(path, longAgo, longAgo);
      expect(lockHolder(folder)).toBeUndefined();
      vi.advanceTimersByTime(5_000);
      expect(lockHolder(folder)?.host).toBe('another-machine');
      lock.release();
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not release what another process has taken over', () => {
    const lock = lockFolder(folder, 'run');
    const other = holder({ id: 'another', processStart: null });
    writeFileSync(join(folder, 'lock'), other);
    lock.release();
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(other);
  });

  it('goes on where a process was killed while it took a dead lock over', async () => {
    const pid = await deadPid();
    const first = holder({ id: 'first', pid });
    const second = holder({ id: 'second', pid });
    writeFileSync(join(folder, 'lock'), first);
    writeFileSync(join(folder, `lock.after.${contentHash(Buffer.from(first)).slice(0, 32)}`), second);
    const lock = lockFolder(folder, 'third');
    expect(lockHolder(folder)?.command).toBe('third');
    expect(files()).toEqual(['lock']);
    lock.release();
    expect(files()).toEqual([]);
  });

  it('lets exactly one of many processes take a dead lock over, every time', async () => {
    const pid = await deadPid();
    const racers = await Promise.all(Array.from({ length: 6 }, startChild));
    for (let round = 0; round < 40; round++) {
      writeFileSync(join(folder, 'lock'), holder({ id: `dead ${round}`, pid }));
      // Wide enough for every racer to have read its line.
      const start = Date.now() + 15;
      const said = await Promise.all(racers.map(({ tell }) => tell(`take ${start}`)));
      expect(said.toSorted()).toEqual([...Array.from({ length: 5 }, () => 'DATA_FOLDER_IN_USE'), 'won']);
      expect(files()).toEqual(['lock']);
      await Promise.all(racers.map(({ tell }) => tell('release')));
      expect(files()).toEqual([]);
    }
  });

  it('says clearly where nothing can be locked', () => {
    expect(() => lockFolder(join(folder, 'missing'), 'run')).toThrow(
      expect.objectContaining({ code: 'DATA_FOLDER_UNREADABLE', exitCode: 2 }),
    );
  });
});

it('removes what a process has left that was killed on its way to the lock, and nothing of one that lives', async () => {
  const left = await startChild();
  await left.tell('lock 0');
  const taken: unknown = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'));
  await left.kill();
  const draft = (name: string, holder: unknown) =>
    writeFileSync(join(folder, `lock.draft.${name}`), JSON.stringify(holder));
  draft('of-the-dead', taken);
  const own = lockFolder(folder, 'test');
  expect(readdirSync(folder)).toEqual(['lock']);
  const mine: unknown = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'));
  own.release();
  draft('of-the-living', mine);
  lockFolder(folder, 'test').release();
  expect(readdirSync(folder)).toEqual(['lock.draft.of-the-living']);
});
