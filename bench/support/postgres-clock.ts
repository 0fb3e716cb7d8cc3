import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import type { Database } from '../../src/store/open-store.ts';
import { rowsOf } from '../../src/store/rows.ts';

/** The kernel counts processor time in hundredths of a second. */
const MS_A_TICK = 10;

/** Processor time of a PostgreSQL server on this machine, all of its processes together. */
export class PostgresClock {
  readonly #postmaster: number;
  #before = 0;

  private constructor(postmaster: number) {
    this.#postmaster = postmaster;
  }

  static async start(database: Database): Promise<PostgresClock> {
    const [row] = rowsOf(await database.execute(sql`select pg_backend_pid() as pid`));
    const backend = await statOf(String(row?.pid));
    if (backend === undefined) throw new Error('the server does not run on this machine');
    const clock = new PostgresClock(backend.parent);
    clock.#before = await clock.#read();
    return clock;
  }

  /** Since it was started. */
  async milliseconds(): Promise<number> {
    return (await this.#read()) - this.#before;
  }

  async #read(): Promise<number> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const all = (await Promise.all(pids.map(statOf))).filter((stat) => stat !== undefined);
    const own = all.find(({ pid }) => pid === this.#postmaster);
    const children = all.filter(({ parent }) => parent === this.#postmaster);
    const ticks = children.reduce(
      (sum, { ticks }) => sum + ticks,
      (own?.ticks ?? 0) + (own?.endedTicks ?? 0),
    );
    return ticks * MS_A_TICK;
  }
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Of the process itself. */
  readonly ticks: number;
  /** Of its children that have ended. */
  readonly endedTicks: number;
}

async function statOf(pid: string): Promise<Stat | undefined> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
  // The name, in brackets, may have spaces in it.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { pid: Number(pid), parent, ticks: user + system, endedTicks: endedUser + endedSystem };
}
