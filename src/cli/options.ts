import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { rememberStoreSecrets } from '../models/process-secrets.ts';
import { findCampaign, listCampaigns } from '../store/campaigns.ts';
import { openPatiently } from '../store/open-patiently.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { busyLine } from './busy-line.ts';

/** The options that every command has. */
export interface CommonOptions {
  readonly dataDir: string;
  readonly database?: string;
  readonly images?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_DATA_DIR = 'art-data';

/** How long `art view` is waited for. */
const VIEW_PATIENCE_MS = 15_000;

/** A command with the options that all have. */
export function artCommand(name: string): Command {
  return new Command(name)
    .option('--data-dir <dir>', 'the folder with database, images, reports and log', DEFAULT_DATA_DIR)
    .addOption(
      optionOrEnv(
        '--database <url>',
        'a PostgreSQL server, postgres://…, instead of the embedded database',
        'ART_DATABASE',
      ),
    )
    .addOption(
      optionOrEnv(
        '--images <url>',
        'where images are: a folder, or s3://bucket/prefix; default: images in the data folder',
        'ART_IMAGES',
      ),
    )
    .option('--json', 'results and progress as JSON')
    .option('--quiet', 'say nothing but results and problems');
}

/** An option that the environment can give as well; a variable that is empty gives none. */
function optionOrEnv(flags: string, description: string, variable: string): Option {
  const option = new Option(flags, description);
  return process.env[variable] === '' ? option : option.env(variable);
}

/** Opens the store that the options name. */
export async function openStoreOf(options: CommonOptions, command: string): Promise<Store> {
  rememberStoreSecrets(process.env, options.database);
  const done = busyLine(
    `Opening ${options.database === undefined ? options.dataDir : 'the database'} …`,
    options,
  );
  try {
    return await openPatiently(
      { dataDir: options.dataDir, databaseUrl: options.database, imagesUrl: options.images, command },
      // `art view` gives the folder back as soon as nobody has looked for a moment.
      { patienceMs: VIEW_PATIENCE_MS, waitFor: (holder) => holder === 'view' },
    );
  } finally {
    done();
  }
}

/** Opens the store that the options name, where there is one: looking at results leaves no new folder behind. */
export async function openExistingStore(options: CommonOptions, command: string): Promise<Store | undefined> {
  return options.database === undefined && !hasStore(options.dataDir)
    ? undefined
    : openStoreOf(options, command);
}

/**
 * Opens the store with the campaigns.
 *
 * @throws {@link UsageError} when there is none
 */
export async function requireStore(options: CommonOptions, command: string): Promise<Store> {
  const store = await openExistingStore(options, command);
  if (store === undefined) throw noCampaign(resolve(options.dataDir));
  return store;
}

/** Whether a folder holds a store: looking for campaigns makes none. */
export function hasStore(dataDir: string): boolean {
  return exists(join(dataDir, 'format.json')) || exists(join(dataDir, 'database'));
}

/** Whether something is there; what cannot be looked at is there, and opening it tells what is wrong. */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** What is said where there is no campaign to look at. */
export function noCampaign(location: string): UsageError {
  return new UsageError({
    code: 'UNKNOWN_CAMPAIGN',
    message: `There is no campaign in ${location} yet.`,
    hint: 'Start one with: art run. If it is elsewhere, name it with --data-dir or --database.',
    data: { location },
  });
}

/**
 * The flags that name the same store again, to be added to a command that the user is told. What the environment says
 * holds for that command as well, and is left out.
 */
export function locationFlags(
  { dataDir, database, images }: Pick<CommonOptions, 'dataDir' | 'database' | 'images'>,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const folder = dataDir === DEFAULT_DATA_DIR ? '' : ` --data-dir ${shellWord(dataDir)}`;
  // The URL may hold a password.
  const server = database === undefined || database === env.ART_DATABASE ? '' : ' --database …';
  const elsewhere = images === undefined || images === env.ART_IMAGES ? '' : ` --images ${shellWord(images)}`;
  return `${folder}${server}${elsewhere}`;
}

function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The campaign that an argument names.
 *
 * @throws {@link UsageError} when there is none
 */
export async function requireCampaign(store: Store, idOrName: string): Promise<CampaignRow> {
  const campaign = await findCampaign(store.database, idOrName);
  if (campaign !== undefined) return campaign;
  throw unknownCampaign(idOrName, store.location, await listCampaigns(store.database));
}

/**
 * What is said where an argument names no campaign.
 *
 * @param known the campaigns that there are, the newest first
 */
export function unknownCampaign(
  idOrName: string,
  location: string,
  known: readonly { readonly id: string; readonly name: string }[],
): UsageError {
  if (known.length === 0) return noCampaign(location);
  const newest = known.slice(0, 5).map(({ id, name }) => `${id} (${name})`);
  return new UsageError({
    code: 'UNKNOWN_CAMPAIGN',
    message: `There is no campaign "${idOrName}" in ${location}.`,
    hint: `The newest are: ${newest.join(', ')}.`,
    data: { campaign: idOrName },
  });
}
