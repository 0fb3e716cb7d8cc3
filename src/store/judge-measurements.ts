import { and, desc, eq, sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { type JudgeMeasurementRow, judgeMeasurements } from './schema.ts';
import { storableText } from './storable.ts';

/** How a judge did on labelled data, ready to be stored. */
export type NewMeasurement = Omit<typeof judgeMeasurements.$inferInsert, 'id'>;

/**
 * Stores how judges did on labelled data. What was stored of the same judge (revision, entry) on the
 * same data is replaced.
 */
export async function putMeasurements(
  database: Database,
  measurements: readonly NewMeasurement[],
): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const measurement of measurements) {
      const row = { ...measurement, data: storableText(measurement.data) };
      await transaction
        .delete(judgeMeasurements)
        .where(
          and(
            eq(judgeMeasurements.judge, row.judge),
            eq(judgeMeasurements.subject, row.subject),
            sql`${judgeMeasurements.revision} is not distinct from ${row.revision ?? null}::text`,
            sql`${judgeMeasurements.entryHash} is not distinct from ${row.entryHash ?? null}::text`,
            eq(judgeMeasurements.data, row.data),
          ),
        );
      await transaction.insert(judgeMeasurements).values(row);
    }
  });
}

/** All measurements, the newest first. */
export function listMeasurements(database: Database): Promise<JudgeMeasurementRow[]> {
  return database
    .select()
    .from(judgeMeasurements)
    .orderBy(desc(judgeMeasurements.measuredAt), desc(judgeMeasurements.id));
}
