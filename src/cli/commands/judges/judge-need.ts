import type { JudgeDefinition } from '../../../judges/judge-definition.ts';

/** What a judge needs from outside, in a word or two: `nothing`, `1.2 GB`, `a server`, `API key`. */
export function needOf({ facts, optionsSchema }: JudgeDefinition): string {
  const { download, needs } = facts;
  if (needs !== undefined) return needs;
  const has = (key: string) => Object.hasOwn(optionsSchema.shape, key);
  // Who says which provider or address says where; the others have one place, and an account there.
  if (asksServer({ optionsSchema })) return has('provider') || has('url') ? 'a server' : 'API key';
  if (download === undefined) return has('model') ? 'download' : 'nothing';
  if (download.startsWith('none')) return 'nothing';
  const size = /^[\d.,]+ [kMG]B/.exec(download)?.[0];
  return size === undefined ? 'download' : `download, ${size}`;
}

/** Whether a judge asks somebody over the network instead of computing itself. */
export function asksServer({ optionsSchema }: Pick<JudgeDefinition, 'optionsSchema'>): boolean {
  return ['provider', 'url', 'baseURL', 'endpoint', 'apiKeyEnv'].some((key) =>
    Object.hasOwn(optionsSchema.shape, key),
  );
}
