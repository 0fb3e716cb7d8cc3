/**
 * Builds the app of `art view` and of the report in HTML into `web/dist`.
 *
 * JavaScript, for `npm ci` runs it with whatever Node there is. With `--if-possible` it does nothing where the
 * development dependencies are not installed: then nobody builds here.
 */
import { fileURLToPath } from 'node:url';

const vite = await import('vite').catch((error) => {
  if (process.argv.includes('--if-possible') && error?.code === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
});
if (vite === undefined) {
  console.error(
    'web/dist is not built: vite is not installed. For art view and reports in HTML: npm install',
  );
} else {
  await vite.build({
    configFile: fileURLToPath(new URL('../web/vite.config.ts', import.meta.url)),
    logLevel: 'warn',
  });
}
