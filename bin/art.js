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
const { enableCompileCache, registerHooks } = await import('node:module');
// Compiled code is kept between runs: a fifth of the time it takes to start.
enableCompileCache();
// Node reads a package.json again for every file of its package, and that of drizzle-orm has 180 KB and 450 files: what
// its files import of each other is said here, which is a quarter of the time it takes to start.
const DRIZZLE = /\/node_modules\/drizzle-orm\/.*\.js$/;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('.') && context.parentURL !== undefined && DRIZZLE.test(context.parentURL)
      ? { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
      : next(specifier, context),
});
// Installed, there is dist/; in a clone, Node runs the TypeScript itself.
const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
const { main } = await import((existsSync(source) ? source : built).href);
await main();
