import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { isConnectionLost } from './connection-lost.ts';

/**
 * Drizzle on a pool of connections, with transactions that always give their connection back.
 *
 * Drizzle's own begins a transaction before it looks after the connection: one that broke while nobody used it would be
 * lost to the pool, and when all are lost everything waits for ever.
 */
export function databaseOn(pool: Pool): ReturnType<typeof drizzle<Record<string, never>, Pool>> {
  const database = drizzle(pool);
  database.transaction = async (work, config) => {
    const client = await pool.connect();
    let lost = false;
    try {
      return await drizzle(client).transaction(work, config);
    } catch (error) {
      lost = isConnectionLost(error);
      throw error;
    } finally {
      // What became of a transaction on a connection that was lost is not known: nobody else may get that one.
      client.release(lost);
    }
  };
  return database;
}
