import { dirname } from 'node:path';
import { recordedConfig } from '../config/describe-config.ts';
import { judgeTypeOf } from '../config/judge-entries.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { isOwnJudge, isOwnStrategy } from '../config/own-objects.ts';
import type { KnownNames } from '../config/requirements.ts';
import type { Config } from '../config/schema.ts';
import { validateConfig } from '../config/validate-config.ts';
import { UsageError } from '../errors.ts';
import type { CampaignRow } from '../store/schema.ts';

/** What {@link resumeConfig} needs from outside. */
export interface ResumeSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly knownNames: KnownNames;
  /** Loads a configuration file. */
  readonly load: (path: string) => Promise<LoadedConfig>;
  /** A file given by the user: it may change where the models are and how hard they are pressed. */
  readonly file?: string | undefined;
}

/** Keys that change nothing of what is drawn and judged: they may change between two sessions. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  'baseURL',
  'imageHosts',
  'apiKeyEnv',
  'username',
  'passwordEnv',
  'concurrency',
  'requestsPerMinute',
  'timeoutSeconds',
  'retries',
  'priority',
  'budget',
  // Its vectors are made after everything is drawn and judged, by `art embed` also with another one.
  'embedder',
]);

/**
 * The configuration to go on with a campaign: the recorded one; or a file's, where the user gives one
 * or where the campaign uses code of the user's own.
 *
 * @throws {@link UsageError} `CONFIG_CHANGED` when a file asks for another campaign than the recorded one
 */
export async function resumeConfig(
  campaign: CampaignRow,
  { env, knownNames, load, file }: ResumeSources,
): Promise<{ readonly config: Config; readonly directory: string }> {
  const path = file ?? (usesOwnCode(campaign.config, knownNames) ? campaign.configFile : null);
  if (path === null) {
    const config = validateConfig(campaign.config, { ...knownNames, env, file: `campaign ${campaign.id}` });
    return { config, directory: campaign.configFile === null ? process.cwd() : dirname(campaign.configFile) };
  }
  const loaded = await load(path);
  const changed = differences(campaign.config, { ...recordedConfig(loaded.config) });
  if (changed.length > 0) {
    throw new UsageError({
      code: 'CONFIG_CHANGED',
      message: `${path} no longer describes campaign ${campaign.id}: ${changed.join(', ')} changed.`,
      hint: 'Undo the change to go on with this campaign, or start a new one with: art run. Addresses, keys, concurrency, limits, timeouts, priority, budget and the embedder may change.',
      data: { campaign: campaign.id, changed },
    });
  }
  return loaded;
}

function usesOwnCode(recorded: CampaignRow['config'], { knownStrategies, knownJudges }: KnownNames): boolean {
  const { strategy, judges } = recorded;
  const name = typeof strategy === 'string' ? strategy : nameOf(strategy);
  if (isOwnStrategy(strategy)) return true;
  if (name !== undefined && !(knownStrategies ?? []).includes(name)) return true;
  if (typeof judges !== 'object' || judges === null) return false;
  return (['prompt', 'image'] as const).some((subject) => {
    const list: unknown = Reflect.get(judges, subject);
    return (
      Array.isArray(list) &&
      list.some((judge: unknown) => isOwnCode(judge, subject, knownJudges?.[subject] ?? []))
    );
  });
}

/**
 * Whether a recorded entry is a judge of the user's own: neither a name that is known nor keys that tell
 * what to make it from.
 */
export function isOwnCode(judge: unknown, subject: 'prompt' | 'image', known: readonly string[]): boolean {
  return isOwnJudge(judge) || judgeTypeOf(judge, subject, known) === undefined || hasOwnKeys(judge);
}

/** What is recorded of a judge made with `defineJudge` names its subject; no other entry does. */
function hasOwnKeys(judge: unknown): boolean {
  return (
    typeof judge === 'object' &&
    judge !== null &&
    'subject' in judge &&
    (judge.subject === 'prompt' || judge.subject === 'image')
  );
}

function nameOf(entry: unknown): string | undefined {
  return typeof entry === 'object' && entry !== null && 'name' in entry && typeof entry.name === 'string'
    ? entry.name
    : undefined;
}

/** The keys, as `target.model`, at which two recorded configurations differ in what matters. */
export function differences(one: unknown, other: unknown, path = ''): string[] {
  if (isObject(one) && isObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys]
      .filter((key) => !MAY_CHANGE.has(key))
      .flatMap((key) => differences(one[key], other[key], path === '' ? key : `${path}.${key}`));
  }
  // Item by item: the database does not keep the order of an object's keys.
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.flatMap((item: unknown, index) => differences(item, other[index], `${path}[${index}]`));
  }
  return JSON.stringify(one) === JSON.stringify(other) ? [] : [path];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
