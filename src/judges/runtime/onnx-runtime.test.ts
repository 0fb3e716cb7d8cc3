import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../store/content-hash.ts';
import type { ModelFile } from '../weights/model-files.ts';
import type { NetworkTensor } from './judge-runtime.ts';
import { createJudgeRuntime } from './onnx-runtime.ts';
import { type OnnxThread, startOnnxThread } from './onnx-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'art-onnx-'));
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
afterEach(async () => {
  for (const close of closing.splice(1)) await close();
  if (closing.length === 0) rmSync(folder, { recursive: true, force: true });
});

const fixture = (name: string): ModelFile => ({
  name,
  path: fileURLToPath(new URL(`./__fixtures__/${name}`, import.meta.url)),
  sha256: name,
});

function written(name: string, bytes: string): ModelFile {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { name, path, sha256: contentHash(Buffer.from(bytes)) };
}

/** A runtime, and the threads that it has started. */
function openRuntime() {
  const threads: OnnxThread[] = [];
  const asked: string[] = [];
  const runtime = createJudgeRuntime('/', (packagePath) => {
    const thread = startOnnxThread(packagePath);
    threads.push(thread);
    return {
      get alive() {
        return thread.alive;
      },
      ask(task) {
        asked.push(task.kind);
        return thread.ask(task);
      },
      close: () => thread.close(),
    };
  });
  closing.push(() => runtime.close());
  return { runtime, threads, asked };
}

const row = (...data: number[]): NetworkTensor => ({
  type: 'float32',
  data: Float32Array.from(data),
  dims: [1, data.length],
});

/** Matrix products that take about this many hundredths of a second. */
const longRun = (rounds: number) => ({
  x: { type: 'float32', data: new Float32Array(256 * 256).fill(0.01), dims: [256, 256] } as const,
  count: { type: 'int64', data: BigInt64Array.of(BigInt(rounds)), dims: [] } as const,
});

describe('a session', () => {
  test('runs the network', async () => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('two-columns.onnx'), 'The judge x');
    expect(session.inputNames).toEqual(['x']);
    expect(session.outputNames).toEqual(['y']);
    expect(await session.run({ x: row(1, 2, 3) })).toEqual({ y: row(16, 22) });
  });

  test('turns half precision into float32, both ways', async () => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('half-precision.onnx'), 'The judge x');
    expect(await session.run({ x: row(1, 2, 3) })).toEqual({ y: row(16, 22) });
  });

  test('gives int32 to networks that take it', async () => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('int32-input.onnx'), 'The judge x');
    const x = { type: 'int64', data: BigInt64Array.of(7n, -8n), dims: [2] } as const;
    expect(await session.run({ x })).toEqual({
      y: { type: 'float32', data: Float32Array.of(7, -8), dims: [2] },
    });
  });

  test('is loaded once, whoever asks', async () => {
    const { runtime, asked, threads } = openRuntime();
    const file = fixture('two-columns.onnx');
    await Promise.all([runtime.session(file, 'The judge x'), runtime.session(file, 'The judge y')]);
    await runtime.session(file, 'The judge z');
    expect(asked).toEqual(['load']);
    expect(threads).toHaveLength(1);
  });

  test('leaves the event loop free while it runs', async () => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('matrix-loop.onnx'), 'The judge x');
    let turns = 0;
    let running = true;
    const done = session.run(longRun(400)).finally(() => {
      running = false;
    });
    while (running) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    await done;
    // A run in this thread would leave a turn or two.
    expect(turns).toBeGreaterThan(100);
  });
});

describe('in words', () => {
  test.each([
    ['no network at all', 'hello '.repeat(99)],
    ['an empty file', ''],
  ])('%s', async (_, bytes) => {
    const { runtime } = openRuntime();
    const file = written('model.onnx', bytes);
    await expect(runtime.session(file, 'The judge x')).rejects.toMatchObject({
      name: 'WeightsError',
      code: 'WEIGHTS_UNREADABLE',
      message: expect.stringMatching(/^The judge x: .*model\.onnx cannot be read as an ONNX network/),
    });
    // What failed is forgotten: a repaired file is read.
    await expect(runtime.session(fixture('two-columns.onnx'), 'The judge x')).resolves.toBeDefined();
  });

  test('a broken file is one while another network runs, too', async () => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('matrix-loop.onnx'), 'The judge x');
    const broken = written('broken.onnx', 'no network at all');
    // Some tasks before and some after: none of them may be taken for another.
    const runs = [session.run(longRun(1)), session.run(longRun(1))];
    const loading = runtime.session(broken, 'The judge y');
    const wrong = { ...longRun(1), x: row(1, 2) };
    runs.push(session.run(wrong), session.run(longRun(1)));
    const outcomes = await Promise.allSettled([loading, ...runs]);
    expect(outcomes).toMatchObject([
      { reason: { code: 'WEIGHTS_UNREADABLE' } },
      { status: 'fulfilled' },
      { status: 'fulfilled' },
      { reason: { code: 'WRONG_ARCHITECTURE' } },
      { status: 'fulfilled' },
    ]);
  });

  test('inputs that the network does not have', async () => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('two-columns.onnx'), 'The judge x');
    for (const inputs of [{ pixels: row(1, 2, 3) }, { x: row(1, 2, 3), y: row(1) }, {}]) {
      await expect(session.run(inputs)).rejects.toMatchObject({
        code: 'WRONG_ARCHITECTURE',
        message: expect.stringContaining('it takes x'),
      });
    }
  });

  test.each([
    ['another size', row(1, 2)],
    ['another rank', { type: 'float32', data: new Float32Array(3), dims: [3] } as const],
    ['another type', { type: 'int64', data: new BigInt64Array(3), dims: [1, 3] } as const],
  ])('an input of %s', async (_, x) => {
    const { runtime } = openRuntime();
    const session = await runtime.session(fixture('two-columns.onnx'), 'The judge x');
    await expect(session.run({ x })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringMatching(/^The judge x: .*two-columns\.onnx does not take these inputs/),
    });
    expect(await session.run({ x: row(1, 2, 3) })).toEqual({ y: row(16, 22) });
  });

  test('a package that is no onnxruntime-node', async () => {
    const path = join(folder, 'broken-package.cjs');
    writeFileSync(path, 'throw new Error("this machine has another processor");');
    const runtime = createJudgeRuntime('/', () => startOnnxThread(path));
    closing.push(() => runtime.close());
    await expect(runtime.session(fixture('two-columns.onnx'), 'The judge x')).rejects.toMatchObject({
      code: 'ONNX_RUNTIME_UNUSABLE',
      message: expect.stringContaining('another processor'),
    });
  });
});

describe('the thread', () => {
  test('that dies rejects what it was asked, and the next use starts another', async () => {
    const { runtime, threads } = openRuntime();
    const session = await runtime.session(fixture('matrix-loop.onnx'), 'The judge x');
    const cutOff = session.run(longRun(50));
    // Hands the task over before the thread is stopped.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([
      expect(cutOff).rejects.toMatchObject({ code: 'JUDGE_THREAD_DIED' }),
      threads[0]?.close(),
    ]);
    const [one, other] = await Promise.all([session.run(longRun(1)), session.run(longRun(1))]);
    expect(one).toEqual(other);
    expect(threads).toHaveLength(2);
  });

  test('ends with the runtime', async () => {
    const { runtime, threads } = openRuntime();
    const session = await runtime.session(fixture('two-columns.onnx'), 'The judge x');
    await runtime.close();
    expect(threads.map(({ alive }) => alive)).toEqual([false]);
    await expect(session.run({ x: row(1, 2, 3) })).rejects.toMatchObject({ code: 'JUDGE_RUNTIME_CLOSED' });
    await runtime.close();
  });

  test('keeps the process alive for an answer, and not without one', () => {
    const script = `
      import { createJudgeRuntime } from ${JSON.stringify(new URL('./onnx-runtime.ts', import.meta.url).href)};
      const file = { name: 'm', sha256: 'm', path: ${JSON.stringify(fixture('two-columns.onnx').path)} };
      const session = await createJudgeRuntime('/').session(file, 'The judge x');
      const x = { type: 'float32', data: Float32Array.of(1, 2, 3), dims: [1, 3] };
      process.stdout.write(String((await session.run({ x })).y.data));`;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '16,22' });
  });
});

describe('what judges share', () => {
  test('is made once a key, and again after a failure', async () => {
    const { runtime } = openRuntime();
    let made = 0;
    const make = async () => {
      made++;
      if (made === 1) throw new Error('not yet');
      return { made };
    };
    const first = await Promise.allSettled([runtime.shared('a', make), runtime.shared('a', make)]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const second = await Promise.all([runtime.shared('a', make), runtime.shared('a', make)]);
    expect(second).toEqual([{ made: 2 }, { made: 2 }]);
    expect(await runtime.shared('b', make)).toEqual({ made: 3 });
  });
});
