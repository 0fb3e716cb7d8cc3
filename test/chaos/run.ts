/**
 * Runs the long forms of the tests of this folder, one after the other, and prints what was counted as a table.
 *
 *   npm run chaos [-- --only kill] [-- --short] [-- --write]
 *
 * `ART_CHAOS_SEED` repeats a run. `--write` puts the table into docs/reliability.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresTable, readFigures, replaceTable } from './figures-table.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, short: { type: 'boolean' }, write: { type: 'boolean' } },
});
const seed = process.env.ART_CHAOS_SEED ?? String(Math.floor(Math.random() * 2 ** 31));
const out = process.env.ART_CHAOS_OUT ?? mkdtempSync(join(tmpdir(), 'art-chaos-figures-'));
const root = join(import.meta.dirname, '..', '..');
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts') && name.includes(values.only ?? ''))
  .sort();
const machine = `Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`;
process.stdout.write(`${machine}; seed ${seed}; figures in ${out}\n`);

let failed = 0;
for (const name of files) {
  process.stdout.write(`\n── ${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', join('test/chaos', name)],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        ART_CHAOS: values.short ? 'short' : 'long',
        ART_CHAOS_SEED: seed,
        ART_CHAOS_OUT: out,
      },
    },
  );
  if (status !== 0) failed++;
}

const figures = join(out, 'figures.jsonl');
const table = figuresTable(existsSync(figures) ? readFigures(readFileSync(figures, 'utf8')) : []);
process.stdout.write(`\n${table}\n`);
if (values.write) {
  const doc = join(root, 'docs', 'reliability.md');
  writeFileSync(doc, replaceTable(readFileSync(doc, 'utf8'), `${machine}; seed ${seed}.\n\n${table}`));
}
if (failed > 0)
  process.stderr.write(`\n${failed} of ${files.length} files failed; repeat with ART_CHAOS_SEED=${seed}.\n`);
process.exitCode = failed === 0 ? 0 : 1;
