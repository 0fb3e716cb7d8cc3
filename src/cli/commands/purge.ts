import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createInterface as createPrompt } from 'node:readline/promises';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { removeQueues } from '../../campaign/remove-queues.ts';
import { blurredCopy } from '../../campaign/retention.ts';
import { storing } from '../../campaign/storing.ts';
import { UsageError } from '../../errors.ts';
import { claimImages } from '../../store/claim-images.ts';
import type { Store } from '../../store/open-store.ts';
import { type Purged, purgeCampaign, purgePictures, refuseWorkedOn } from '../../store/purge-campaign.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { busyLine } from '../busy-line.ts';
import { artCommand, type CommonOptions, requireCampaign, requireStore } from '../options.ts';
import { purgedLines } from '../purged-lines.ts';
import { sanitizeForTerminal } from '../sanitize.ts';

interface PurgeOptions extends CommonOptions {
  readonly pictures?: boolean;
  readonly yes?: boolean;
}

/** `art purge`: removes a campaign, or its pictures, for good. */
export function purgeCommand(): Command {
  return artCommand('purge')
    .summary('remove a campaign, or its pictures, for good')
    .description(
      'Removes a campaign: its prompts, verdicts and labels, its pictures that no other campaign keeps, its report and its lines in the log. With --pictures only the pictures go; prompts, seeds, hashes and scores stay. There is no way back.',
    )
    .argument('<campaign>', 'its id, its name or latest')
    .option('--pictures', 'only its pictures')
    .option('--yes', 'do not ask')
    .action(purge);
}

async function purge(idOrName: string, options: PurgeOptions): Promise<void> {
  const store = await requireStore(options, 'purge');
  try {
    const campaign = await requireCampaign(store, idOrName);
    await refuseWorkedOn(store, campaign);
    await storing(() => claimImages(store));
    if (!(await isConfirmed(campaign, options))) {
      process.stderr.write('Nothing was removed.\n');
      process.exitCode = 1;
      return;
    }
    const done = busyLine('Removing …', options);
    try {
      const purged = options.pictures
        ? await purgePictures(store, campaign.id, { blur: blurredCopy })
        : await purgeCampaign(store, campaign.id, { blur: blurredCopy });
      if (!options.pictures) {
        await removeQueues(store, campaign.id, (problem) => process.stderr.write(`warning: ${problem}\n`));
      }
      const report = removeReport(store, campaign.id);
      const log = options.pictures ? 'kept' : await removeFromLog(store, campaign.id);
      done();
      tell(campaign, purged, { report, log }, options);
    } finally {
      done();
    }
  } finally {
    await store.close();
  }
}

async function isConfirmed({ id, name }: CampaignRow, { yes, pictures }: PurgeOptions): Promise<boolean> {
  if (yes) return true;
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new UsageError({
      code: 'CONFIRMATION_NEEDED',
      message: 'What is purged is gone for good, and there is no terminal to ask on.',
      hint: 'Say --yes.',
    });
  }
  const what = pictures ? 'all pictures of' : '';
  const prompt = createPrompt({ input: stdin, output: stderr });
  try {
    const answer = await prompt.question(
      `Remove ${what}${pictures ? ' ' : ''}the campaign ${sanitizeForTerminal(name, 80)} (${id}) for good? Type yes: `,
    );
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    prompt.close();
  }
}

/** The report at the end of a run holds small pictures; one that was written elsewhere is not known. */
function removeReport({ dataDir }: Store, id: string): boolean {
  const file = join(dataDir, 'reports', `${id}.html`);
  const isThere = existsSync(file);
  for (const path of [file, `${file}.draft`]) rmSync(path, { force: true });
  const progress = join(dataDir, 'progress.json');
  if (existsSync(progress) && readFileSync(progress, 'utf8').includes(JSON.stringify(id))) rmSync(progress);
  return isThere;
}

/** Takes a campaign's lines out of the log; on a server others may be writing to it, and it stays as it is. */
async function removeFromLog({ dataDir, kind }: Store, id: string): Promise<'removed' | 'kept' | 'none'> {
  const path = join(dataDir, 'art.log');
  if (!existsSync(path)) return 'none';
  if (kind === 'server') return 'kept';
  const draft = `${path}.draft`;
  const mark = `"campaign":${JSON.stringify(id)}`;
  const out = createWriteStream(draft);
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (!line.includes(mark)) out.write(`${line}\n`);
  }
  out.end();
  await finished(out);
  renameSync(draft, path);
  return 'removed';
}

function tell(
  { id, name }: CampaignRow,
  purged: Purged,
  { report, log }: { readonly report: boolean; readonly log: 'removed' | 'kept' | 'none' },
  options: PurgeOptions,
): void {
  if (options.json) {
    const only = options.pictures === true;
    const { pictures, bytes, shared } = purged;
    process.stdout.write(
      `${JSON.stringify({ campaign: id, only: only ? 'pictures' : null, pictures, bytes, shared, report, log })}\n`,
    );
    return;
  }
  const say = (text: string) => process.stdout.write(`${text}\n`);
  for (const line of purgedLines({ name: sanitizeForTerminal(name, 80), id }, purged, options)) say(line);
  if (report) say('Its report in the data folder went with it; reports written elsewhere are not known.');
  if (!options.pictures && log === 'kept') say('Its lines in art.log stay: others may be writing to it.');
}
