import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openSmallStore } from '../../src/server/server-fixtures.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';

const THIS_FILE = fileURLToPath(import.meta.url);

/**
 * Opens a store with a small campaign, `small`: a copy of the one that stands in `ART_FUZZ_STORE`, or a new one. It is made in
 * another process: making a database takes twice the memory of having one, and what is measured is what a case takes.
 */
export async function openPreparedStore(dataDir: string): Promise<Store> {
  const made = process.env.ART_FUZZ_STORE;
  if (made === undefined) makeInAnotherProcess(dataDir);
  else cpSync(made, dataDir, { recursive: true });
  return await openStore({ dataDir, command: 'test' });
}

/** Makes such a store. */
export function makeInAnotherProcess(dataDir: string): void {
  const { status, stderr } = spawnSync(process.execPath, [THIS_FILE, dataDir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no store was made: ${stderr}`);
}

if (process.argv[1] === THIS_FILE && process.argv[2] !== undefined) {
  const small = await openSmallStore();
  await small.store.close();
  cpSync(small.folder, process.argv[2], { recursive: true });
  await small.remove().catch(() => undefined);
  process.exit(0);
}
