import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { openPatiently } from './open-patiently.ts';
import { openStore } from './open-store.ts';
import { temporaryFolder } from './store-fixtures.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('waits for whom it is told to, and for no other', async () => {
  const view = await openStore({ dataDir: folder, command: 'view' });
  const opening = openPatiently(
    { dataDir: folder, command: 'run' },
    { patienceMs: 60_000, waitFor: (command) => command === 'view' },
  );
  await view.close();
  const run = await opening;
  await expect(
    openPatiently(
      { dataDir: folder, command: 'resume' },
      { patienceMs: 60_000, waitFor: (command) => command === 'view' },
    ),
  ).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE', data: { command: 'run' } });
  await expect(
    openPatiently({ dataDir: folder, command: 'resume' }, { patienceMs: 0 }),
  ).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' });
  await run.close();
});
