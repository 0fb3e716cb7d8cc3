import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresObstacle, startPostgres } from '../../test/support/postgres.ts';
import { databaseOn } from './open-pool.ts';
import { rowsOf } from './rows.ts';

const obstacle = postgresObstacle();
let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

describe.skipIf(obstacle !== undefined)('a pool of one connection', () => {
  it.each([
    ['as a transaction begins', 1],
    ['within a transaction', 2],
  ])('has it back where it breaks %s', async (_, statement) => {
    const connectionString = await server.createDatabase(`broken${statement}`);
    const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 5_000 });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    const database = databaseOn(pool);
    const { rows } = await pool.query('select pg_backend_pid() as pid');
    const breakIt = async () => {
      const other = new pg.Client({ connectionString });
      await other.connect();
      await other.query('select pg_terminate_backend($1)', [Number(rowsOf({ rows })[0]?.pid)]);
      await other.end();
    };
    if (statement === 1) {
      // It breaks when it has just been handed out.
      pool.once('acquire', (client) => {
        const query = client.query.bind(client);
        Object.assign(client, {
          query: (...all: Parameters<typeof query>) => breakIt().then(() => query(...all)),
        });
      });
    }
    const broken = database.transaction(async (transaction) => {
      if (statement === 2) await breakIt();
      await transaction.execute(sql`select 1`);
    });
    await expect(broken).rejects.toThrow();
    const again = await database.transaction((transaction) => transaction.execute(sql`select 2 as two`));
    expect(rowsOf(again)).toEqual([{ two: 2 }]);
    await pool.end();
  });
});
