/** A server that a campaign asks, as its recorded configuration names it. */
export interface AskedServer {
  /** Where it stands in the configuration, e.g. `writer`. */
  readonly place: string;
  /** Its address; `undefined`: the provider's own. */
  readonly address: string | undefined;
  /** The environment variables whose contents it is sent. */
  readonly variables: readonly string[];
}

const DEEPEST = 12;

/**
 * The servers that going on with a campaign would ask, and what they would be told: whoever imports it should
 * know before, for the configuration is somebody else's.
 */
export function whomItAsks(config: Readonly<Record<string, unknown>>): AskedServer[] {
  return serversBelow(config, '', DEEPEST);
}

function serversBelow(value: unknown, place: string, levels: number): AskedServer[] {
  if (typeof value !== 'object' || value === null || levels === 0) return [];
  const entries: (readonly [string, unknown])[] = Object.entries(value);
  const address = entries.find(([key, item]) => /url$/i.test(key) && typeof item === 'string')?.[1];
  const variables = entries.filter(([key]) => /env$/i.test(key)).flatMap(([, item]) => textsOf(item));
  const here =
    address === undefined && variables.length === 0
      ? []
      : [{ place, address: typeof address === 'string' ? address : undefined, variables }];
  return [
    ...here,
    ...entries.flatMap(([key, item]) =>
      serversBelow(item, place === '' ? key : `${place}.${key}`, levels - 1),
    ),
  ];
}

/** A variable's name, or those of several headers. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((item: unknown) => typeof item === 'string');
}
