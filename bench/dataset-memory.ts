/**
 * Memory of `art dataset build meta` and `check` on JSON Lines of 1 GB: ten times the file should not take more.
 * `--megabytes N` for another size.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '1000' } } });
const large = Number(values.megabytes);
const small = large / 10;
const folder = await mkdtemp(join(tmpdir(), 'art-bench-memory-'));

/** Long rows of one prompt, so that what grows with unique prompts is not what is measured. */
async function writeRows(file: string, megabytes: number): Promise<void> {
  const output = createWriteStream(file);
  const filler = 'x'.repeat(4_000);
  for (let row = 0; row < (megabytes * 1e6) / 4_200; row++) {
    const line = JSON.stringify({
      id: String(row),
      categories: ['violence'],
      prompt: `a red kite ${row % 1_000}`,
      filler,
    });
    if (!output.write(`${line}\n`)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'finish');
}

/** Runs `art` and asks the kernel for the peak of its memory, in MB. */
async function peakOf(args: readonly string[]): Promise<number> {
  const bin = new URL('../bin/art.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: 'ignore' });
  let peak = 0;
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_000);
  }, 100);
  await once(child, 'exit');
  clearInterval(timer);
  return peak;
}

try {
  const results: Record<string, number[]> = { build: [], check: [] };
  for (const [name, megabytes] of [
    ['small.jsonl', small],
    ['large.jsonl', large],
  ] as const) {
    const file = join(folder, name);
    await writeRows(file, megabytes);
    results.build?.push(
      await peakOf(['dataset', 'build', 'meta', file, '--out', join(folder, `${name}-md`), '--quiet']),
    );
    results.check?.push(await peakOf(['dataset', 'check', file, '--no-images', '--quiet']));
    await rm(file);
  }
  for (const [what, [before = 0, after = 0]] of Object.entries(results)) {
    console.log(
      `${what}: ${before.toFixed(0)} MB at ${small} MB of data, ${after.toFixed(0)} MB at ${large} MB: ${(after / before).toFixed(2)} ×`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
