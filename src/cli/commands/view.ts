import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../errors.ts';
import { rememberStoreSecrets } from '../../models/process-secrets.ts';
import { redact } from '../../models/redact.ts';
import type { CampaignSummary } from '../../report/view-model.ts';
import { openDataSource } from '../../server/data-source.ts';
import { readStaticFiles } from '../../server/static-files.ts';
import { DEFAULT_PORT, startViewServer } from '../../server/view-server.ts';
import { busyLine } from '../busy-line.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { artCommand, type CommonOptions, hasStore, noCampaign, unknownCampaign } from '../options.ts';
import { sanitizeForTerminal } from '../sanitize.ts';

interface ViewOptions extends CommonOptions {
  readonly port?: number;
  readonly open?: boolean;
}

/** `art view`: the campaigns in a browser, also while one runs. */
export function viewCommand(): Command {
  return artCommand('view')
    .summary('look at campaigns in a browser')
    .description(
      'Shows campaigns in a browser: tables, plots, the gallery of findings, every conversation, and labelling; live while one runs. Serves this machine alone (127.0.0.1), to whoever has the link, until Ctrl-C.',
    )
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .option(
      '--port <port>',
      `the port, 0 for a free one; default: ${DEFAULT_PORT}, or a free one where that is taken`,
      parsePort,
    )
    .option('--open', 'open the link in the browser')
    .action(view);
}

async function view(idOrName: string, options: ViewOptions): Promise<void> {
  const { dataDir, database: databaseUrl, images: imagesUrl } = options;
  rememberStoreSecrets(process.env, databaseUrl);
  if (databaseUrl === undefined && !hasStore(dataDir)) throw noCampaign(resolve(dataDir));
  // Before anything is opened: in a clone the app may not have been built.
  const files = readStaticFiles();
  const onProblem = (error: unknown) => {
    const message = sanitizeForTerminal(redact(messageOf(error)));
    process.stderr.write(
      options.json ? `${JSON.stringify({ event: 'problem', message })}\n` : `warning: ${message}\n`,
    );
  };
  const source = await openDataSource({ dataDir, databaseUrl, imagesUrl, onProblem });
  try {
    const opened = busyLine('Reading the campaigns …', options);
    let campaigns: readonly CampaignSummary[];
    try {
      campaigns = await source.campaigns();
    } finally {
      opened();
    }
    const campaign = choose(
      campaigns,
      idOrName,
      databaseUrl === undefined ? resolve(dataDir) : 'the database',
    );
    const server = await startViewServer({ source, files, port: options.port, onProblem });
    try {
      const link = server.link(campaign.id);
      tell(link, campaign, options);
      source.prepare(campaign.id);
      if (options.open) openInBrowser(link, dataDir, onProblem);
      await interruption();
    } finally {
      await server.close();
    }
  } finally {
    await source.close();
  }
}

/** The campaign that an argument names: an id, else the newest of that name. */
function choose(campaigns: readonly CampaignSummary[], idOrName: string, location: string): CampaignSummary {
  const found =
    idOrName === 'latest'
      ? campaigns[0]
      : (campaigns.find(({ id }) => id === idOrName) ?? campaigns.find(({ name }) => name === idOrName));
  if (found === undefined) throw unknownCampaign(idOrName, location, campaigns);
  return found;
}

function tell(url: string, { id, name }: CampaignSummary, { json, quiet }: ViewOptions): void {
  if (json) process.stdout.write(`${JSON.stringify({ url, campaign: id })}\n`);
  else process.stdout.write(`${url}\n`);
  if (json || quiet) return;
  process.stderr.write(
    `\nShows ${sanitizeForTerminal(name, 80)} (${id}) and the other campaigns to this machine alone.\nOpen the link above in a browser; it holds the key, so keep it to yourself. Ctrl-C stops.\n`,
  );
}

/** Resolves at Ctrl-C. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

function parsePort(word: string): number {
  const port = Number(word);
  if (/^\d+$/.test(word) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number up to 65535; 0 stands for a free one.');
}
