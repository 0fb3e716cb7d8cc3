import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { findCampaign, listCampaigns } from '../store/campaigns.ts';
import { openStore, type Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';

/** The options that every command has. */
export interface CommonOptions {
  readonly dataDir: string;
  readonly database?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** A command with the options that all have. */
export function artCommand(name: string): Command {
  return new Command(name)
    .option('--data-dir <dir>', 'the folder with the database and the images', 'art-data')
    .option('--database <url>', 'work on a PostgreSQL server, postgres://…, instead of the embedded database')
    .option('--json', 'results and progress as JSON')
    .option('--quiet', 'say nothing but results and problems');
}

/** Opens the store that the options name. */
export function openStoreOf(options: CommonOptions, command: string): Promise<Store> {
  return openStore({ dataDir: options.dataDir, databaseUrl: options.database, command });
}

/**
 * The campaign that an argument names.
 *
 * @throws {@link UsageError} when there is none
 */
export async function requireCampaign(store: Store, idOrName: string): Promise<CampaignRow> {
  const campaign = await findCampaign(store.database, idOrName);
  if (campaign !== undefined) return campaign;
  const known = (await listCampaigns(store.database)).slice(0, 5);
  throw new UsageError({
    code: 'UNKNOWN_CAMPAIGN',
    message:
      known.length === 0
        ? `There is no campaign in ${store.location} yet.`
        : `There is no campaign "${idOrName}" in ${store.location}.`,
    hint:
      known.length === 0
        ? 'Start one with: art run. Is it another --data-dir or --database?'
        : `The newest are: ${known.map(({ id, name }) => `${id} (${name})`).join(', ')}.`,
    data: { campaign: idOrName },
  });
}
