import { z } from 'zod';
import { sweepSchema, targetSchema } from './schema.ts';
import { type Setting, settingsOf } from './sweep.ts';

const recorded = z.looseObject({
  sweep: sweepSchema.optional().catch(undefined),
  target: z.looseObject(targetSchema.pick({ size: true, guidance: true }).shape),
});

/**
 * The settings of a campaign, read from the configuration that was recorded with it: its own first, then those
 * of its sweep. A campaign without a sweep has one.
 *
 * @param config as it is recorded
 */
export function recordedSettings(config: unknown): Setting[] {
  const parsed = recorded.safeParse(config);
  return parsed.success ? settingsOf(parsed.data) : [{ name: null }];
}
