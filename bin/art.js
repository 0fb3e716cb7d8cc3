#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets a message instead of a syntax error.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `art needs Node.js 24 or newer; this is ${process.version}.\n` +
      'In a project, `npm install --save-dev node@24` puts a newer one first for npm scripts and npx.\n',
  );
  process.exit(2);
}
const { existsSync } = await import('node:fs');
const { enableCompileCache } = await import('node:module');
// Compiled code is kept between runs: a fifth of the time it takes to start.
enableCompileCache();
// Installed, there is dist/; in a clone, Node runs the TypeScript itself.
const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
const { main } = await import((existsSync(source) ? source : built).href);
await main();
