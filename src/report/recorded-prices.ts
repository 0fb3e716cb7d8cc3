import { z } from 'zod';
import { endpointShape } from '../config/endpoint-shape.ts';
import { type RecordedJudge, recordedJudges } from './recorded-judges.ts';

const priced = z.looseObject({ name: z.string().optional(), price: endpointShape.price.catch(undefined) });
const models = ['target', 'writer', 'guide', 'embedder'] as const;

/** What an endpoint costs. */
export type Price = NonNullable<z.output<typeof endpointShape.price>>;

/**
 * The prices that are recorded with a campaign, by endpoint: `target`, `writer`, `guide`, `embedder` or the
 * name of a judge.
 *
 * @param config as recorded
 * @param added the entries of judges that were added later
 */
export function recordedPrices(
  config: Readonly<Record<string, unknown>>,
  added: readonly RecordedJudge[],
): ReadonlyMap<string, Price> {
  const entries = [
    ...recordedJudges(config, added),
    // Last, for they win over a judge of the same name.
    ...models.map((name) => ({ name, entry: config[name] })),
  ];
  return new Map(
    entries.flatMap(({ name, entry }) => {
      const price = priced.safeParse(entry).data?.price;
      return name === undefined || price === undefined ? [] : [[name, price]];
    }),
  );
}
