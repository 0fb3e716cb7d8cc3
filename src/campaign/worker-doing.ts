import { z } from 'zod';
import type { EndpointProgress } from './progress.ts';

const endpointSchema = z.object({
  name: z.custom<EndpointProgress['name']>((value) => typeof value === 'string'),
  inFlight: z.number(),
  limit: z.number(),
  waiting: z.number(),
  requests: z.number(),
  retries: z.number(),
  failures: z.number(),
  medianLatencyMs: z.number().exactOptional(),
  breakerOpen: z.boolean(),
});

/** What a worker says that it does for a campaign, as it stands in its row; another version may say it otherwise. */
export const workerDoingSchema = z.object({
  /** Conversations. */
  running: z.number(),
  endpoints: z.array(endpointSchema),
});

/** What a worker says that it does for a campaign. */
export type WorkerDoing = z.output<typeof workerDoingSchema>;
