/** Builds `dist/` for publishing: JavaScript and types by tsc, and the files that the code reads. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// Whatever is no TypeScript is data that the code reads beside itself: migrations, templates.
for (const file of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  if (!file.isFile() || /\.(ts|tsx)$/.test(file.name) || file.parentPath.includes('__')) continue;
  const from = join(file.parentPath, file.name);
  cpSync(from, join(dist, from.slice(join(root, 'src').length)));
}
