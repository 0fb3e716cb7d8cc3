import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** How long the file that leads on is left: slow machines take some time to start a browser. */
const FILE_MS = 30_000;
/** An opener that finds no browser says so within this time. */
const OPENED_MS = 5_000;

/**
 * Opens a link with a key in the browser. Command lines of programs can be read by every user of a machine, so
 * the browser is given a file that leads on to the link and that only this user can read.
 *
 * @param dataDir where that file stands for a while; browsers in a sandbox may not read the temporary folder
 * @param onProblem hears that there is no browser to open
 */
export function openInBrowser(link: string, dataDir: string, onProblem: (error: unknown) => void): void {
  const folder = mkdtempSync(join(existsSync(dataDir) ? resolve(dataDir) : tmpdir(), 'open-'));
  const file = join(folder, 'art-view.html');
  const escaped = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${escaped}"><title>ART</title><a href="${escaped}">Open art view</a>\n`,
    { mode: 0o600 },
  );
  const remove = () => rmSync(folder, { recursive: true, force: true });
  setTimeout(remove, FILE_MS).unref();
  process.once('exit', remove);
  const [command, ...args] = opener(pathToFileURL(file).href);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  const problem = () =>
    onProblem(new Error(`No browser could be opened (${command}): open the link yourself.`));
  child.on('error', problem);
  const ended = (code: number | null) => {
    if (code !== 0) problem();
  };
  child.on('exit', ended);
  // Some openers stay as long as the browser does; how they end then says nothing of whether it opened.
  setTimeout(() => child.off('exit', ended), OPENED_MS).unref();
  child.unref();
}

function opener(address: string): readonly [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', address];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  return ['xdg-open', address];
}
