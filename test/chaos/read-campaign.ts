import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sql } from 'drizzle-orm';
import { buildReport } from '../../src/report/build-report.ts';
import { comparableUsage } from '../../src/report/report-fixtures.ts';
import type { ReportModel } from '../../src/report/report-model.ts';
import { findCampaign } from '../../src/store/campaigns.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { rowsOf } from '../../src/store/rows.ts';
import type { CampaignStatus } from '../../src/store/schema.ts';
import { filesBelow } from '../support/folders.ts';

/** Everything that stands in a store of its newest campaign, by its place in the plan. */
export interface CampaignRecord {
  readonly dataDir: string;
  readonly status: CampaignStatus;
  /** Without what differs from run to run. */
  readonly report: unknown;
  /** By place, e.g. `violence/0/3`: what stands there. */
  readonly turns: ReadonlyMap<string, string>;
  readonly images: ReadonlyMap<string, string>;
  readonly verdicts: ReadonlyMap<string, string>;
  /** How many rows there are; more than places means that some are double. */
  readonly rows: { readonly turns: number; readonly images: number; readonly verdicts: number };
  readonly files: ImageFiles;
  /** Rows of pictures that neither a turn nor an evaluation image refers to. */
  readonly unusedImages: number;
}

/** Pictures on the disk against their rows. */
export interface ImageFiles {
  /** Hashes of rows whose file is not there. */
  readonly missing: readonly string[];
  /** Files with other bytes than their name says. */
  readonly wrong: readonly string[];
  /** Files, whole ones, that no row knows. */
  readonly orphans: readonly string[];
  /** Files that were being written when a process died; never read by anybody. */
  readonly drafts: readonly string[];
}

/** Where a campaign is. */
export interface Place {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  /** The pictures, where they are not files of the data folder. */
  readonly pictures?: () => Iterable<StoredPicture>;
}

/** A picture, or what is left of one. */
export interface StoredPicture {
  readonly name: string;
  bytes(): Uint8Array;
}

/** Opens a store, looks into it and closes it. */
export async function look<T>({ dataDir, databaseUrl }: Place, at: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ dataDir, databaseUrl, command: 'test' });
  try {
    return await at(store);
  } finally {
    await store.close();
  }
}

/** Reads the newest campaign of a store; `undefined` where none has been planned. */
export function readCampaign(place: Place): Promise<CampaignRecord | undefined> {
  return look(place, async (store) => {
    const campaign = await findCampaign(store.database, 'latest');
    if (campaign === undefined) return undefined;
    const turns = await placed(store, TURNS(campaign.id));
    const images = await placed(store, IMAGES(campaign.id));
    const verdicts = await placed(store, VERDICTS(campaign.id));
    const [unused] = rowsOf(await store.database.execute(UNUSED));
    return {
      dataDir: place.dataDir,
      status: campaign.status,
      report: comparableReport(await buildReport(store, campaign)),
      turns: turns.at,
      images: images.at,
      verdicts: verdicts.at,
      rows: { turns: turns.rows, images: images.rows, verdicts: verdicts.rows },
      files: await readFiles(store, place.pictures?.()),
      unusedImages: Number(unused?.count),
    };
  });
}

/** Compares what is stored of pictures with their rows. */
export async function readFiles(
  { database, dataDir }: Store,
  pictures: Iterable<StoredPicture> = picturesBelow(join(dataDir, 'images')),
): Promise<ImageFiles> {
  const rows = rowsOf(await database.execute(sql`select hash from art.images where kept = 'full'`));
  const missing = new Set(rows.map(({ hash }) => String(hash)));
  const known = new Set(missing);
  const wrong: string[] = [];
  const orphans: string[] = [];
  const drafts: string[] = [];
  for (const { name, bytes } of pictures) {
    const hash = /^([0-9a-f]{64})\.png$/.exec(basename(name))?.[1];
    if (hash === undefined) {
      drafts.push(name);
      continue;
    }
    if (contentHash(bytes()) !== hash) wrong.push(name);
    else if (!known.has(hash)) orphans.push(name);
    missing.delete(hash);
  }
  return { missing: [...missing], wrong, orphans, drafts };
}

function picturesBelow(folder: string): StoredPicture[] {
  return filesBelow(folder).map((name) => ({ name, bytes: () => readFileSync(name) }));
}

/** Keys of a configuration that say where the models are and how hard they are pressed, not what they are. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  'baseURL',
  'concurrency',
  'requestsPerMinute',
  'timeoutSeconds',
  'retries',
]);

/** A report without what differs from run to run: its id, its times, and what is of the machine. */
export function comparableReport({ campaign, usage, ...rest }: ReportModel): unknown {
  const { id: _id, createdAt: _created, finishedAt: _finished, artVersion: _version, ...others } = campaign;
  const whole = { ...rest, campaign: others, usage: usage && comparableUsage(usage) };
  return JSON.parse(
    JSON.stringify(whole, (key, value: unknown) => (NOT_COMPARED.has(key) ? undefined : value)),
  );
}

const UNUSED = sql`
  select count(*)::int as count from art.images i
  where not exists (select 1 from art.turns t where t.image_hash = i.hash)
    and not exists (select 1 from art.evaluation_images e where e.image_hash = i.hash)`;

const TURNS = (campaignId: string) => sql`
  select concat_ws('/', c.category, c.number, t.round) as place,
    jsonb_build_array(t.prompt, t.instruction, t.seed, t.outcome, t.reason, t.image_hash, t.evaluation_images)::text as content
  from art.turns t join art.conversations c on c.id = t.conversation_id where t.campaign_id = ${campaignId}`;

const IMAGES = (campaignId: string) => sql`
  select concat_ws('/', c.category, c.number, t.round, e.number) as place,
    jsonb_build_array(e.seed, e.setting, e.outcome, e.reason, e.failure, e.image_hash)::text as content
  from art.evaluation_images e join art.turns t on t.id = e.turn_id
    join art.conversations c on c.id = t.conversation_id where e.campaign_id = ${campaignId}`;

const VERDICTS = (campaignId: string) => sql`
  select concat_ws('/', c.category, c.number, t.round, v.subject, v.number, v.judge) as place,
    jsonb_build_array(v.verdict, v.score, v.label, v.found, v.error)::text as content
  from art.verdicts v join art.turns t on t.id = v.turn_id
    join art.conversations c on c.id = t.conversation_id where v.campaign_id = ${campaignId}`;

async function placed(
  { database }: Store,
  query: ReturnType<typeof TURNS>,
): Promise<{ readonly at: ReadonlyMap<string, string>; readonly rows: number }> {
  const rows = rowsOf(await database.execute(query));
  return {
    at: new Map(rows.map(({ place, content }) => [String(place), String(content)])),
    rows: rows.length,
  };
}
