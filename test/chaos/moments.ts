import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ended } from '../support/art.ts';
import type { ModelServers } from './campaigns.ts';

/** Waits for the moment to break something in a running process; the process may end before. */
export type Moment = (running: { readonly ended: Promise<Ended> }) => Promise<unknown>;

/** When so many more pictures lie in the folder, and a little later. */
export function afterPictures(dataDir: string, more: number, ms: number): Moment {
  const count = () => {
    try {
      return readdirSync(join(dataDir, 'images'), { recursive: true }).length;
    } catch {
      // Not there yet, or a draft was renamed under the reader.
      return 0;
    }
  };
  return async ({ ended }) => {
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    const wanted = count() + more;
    while (count() < wanted && !hasEnded) await delay(15);
    await delay(ms);
  };
}

/** When so many more requests have come to a server, and a little later. */
export function afterRequests({ draw, chat }: ModelServers, more: number, ms: number): Moment {
  return async () => {
    const server = more % 2 === 0 ? draw : chat;
    await server.asked('/', server.requests.length + Math.max(1, more >> (more % 2)));
    await delay(ms);
  };
}
