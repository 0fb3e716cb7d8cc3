import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { rememberSecret } from '../../models/redact.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How the Hub is reached and where files are kept: what Python's huggingface_hub reads, read alike. */
export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  /** Whether nothing may be asked for over the network. */
  readonly offline: boolean;
  /** Shared with huggingface_hub. */
  readonly hubCache: string;
  /** What only ART keeps: downloads from plain addresses, and which files have been checked. */
  readonly artCache: string;
  /** Whether the cache may use symbolic links. */
  readonly symlinks: boolean;
}

const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 'ON', 'YES', 'TRUE']);

/**
 * Reads the settings of the Hub from the environment.
 *
 * @throws UsageError `WRONG_ENDPOINT` when `HF_ENDPOINT` is no address
 */
export async function readHubSettings(env: Environment): Promise<HubSettings> {
  const home = settingOf(env, 'HOME') ?? settingOf(env, 'USERPROFILE') ?? homedir();
  const folder = (name: string) => {
    const value = settingOf(env, name);
    return value === undefined ? undefined : resolve(expand(value, env, home));
  };
  const caches = folder('XDG_CACHE_HOME') ?? join(home, '.cache');
  const hfHome = folder('HF_HOME') ?? join(caches, 'huggingface');
  return {
    endpoint: endpointOf(env),
    token: await tokenOf(env, folder('HF_TOKEN_PATH') ?? join(hfHome, 'token')),
    offline: isTrue(settingOf(env, 'HF_HUB_OFFLINE') ?? settingOf(env, 'TRANSFORMERS_OFFLINE')),
    hubCache: folder('HF_HUB_CACHE') ?? folder('HUGGINGFACE_HUB_CACHE') ?? join(hfHome, 'hub'),
    artCache: join(caches, 'art'),
    symlinks: !isTrue(settingOf(env, 'HF_HUB_DISABLE_SYMLINKS')),
  };
}

/** A variable that is set to nothing counts as not set. */
function settingOf(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && TRUE_WORDS.has(value.toUpperCase());
}

function expand(path: string, env: Environment, home: string): string {
  return path
    .replace(/^~(?=$|[/\\])/, () => home)
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain, braced) => env[plain ?? braced] ?? whole);
}

function endpointOf(env: Environment): string {
  const value = settingOf(env, 'HF_ENDPOINT') ?? 'https://huggingface.co';
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const usable =
    url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (usable) return value.replace(/\/+$/, '');
  // The value itself is not shown: it may hold a password.
  throw new UsageError({
    code: 'WRONG_ENDPOINT',
    message: 'HF_ENDPOINT is not an address that models can be fetched from.',
    hint: 'Write it like https://huggingface.co, without a user name or password; a token goes into HF_TOKEN.',
  });
}

async function tokenOf(env: Environment, path: string): Promise<string | undefined> {
  if (isTrue(settingOf(env, 'HF_HUB_DISABLE_IMPLICIT_TOKEN'))) return undefined;
  const set = settingOf(env, 'HF_TOKEN') ?? settingOf(env, 'HUGGING_FACE_HUB_TOKEN');
  if (set !== undefined) {
    rememberSecret(set);
    return set;
  }
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (token === '') return undefined;
    rememberSecret(token);
    return token;
  } catch {
    // Most people have no such file, and public models need no token.
    return undefined;
  }
}
