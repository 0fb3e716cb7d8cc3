import { listLabels } from '../../store/labels.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { StoreError } from '../../store/store-error.ts';
import { ART_VERSION } from '../../version.ts';
import { readCountedRecord } from '../counted-record.ts';
import { counted, countText } from '../figures.ts';
import type { ReportPictures } from '../formats.ts';
import type { ReportModel } from '../report-model.ts';
import { tellStories } from '../view/stories.ts';
import { summariseCampaign } from '../view/summaries.ts';
import type { CampaignBundle, ConversationStory, ReportFile } from '../view-model.ts';
import { type AppAssets, readAppAssets } from './app-assets.ts';
import { choosePictures } from './choose-pictures.ts';
import { embedJson } from './embed-json.ts';
import { htmlPage } from './html-page.ts';
import { smallPictures } from './small-pictures.ts';
import { trimStories } from './trim-stories.ts';

/** What the single file is written from. */
export interface HtmlSource {
  /** In the order in which they are shown; at least one. */
  readonly reports: readonly ReportModel[];
  /** The same campaigns as they are stored, in the same order. */
  readonly campaigns: readonly CampaignRow[];
  readonly store: Store;
  /**
   * What becomes of the pictures: `blurred` ones cannot be made clear again. Default: `blurred`, and `full` for
   * campaigns of the sandbox, whose pictures are harmless.
   */
  readonly images?: ReportPictures | undefined;
}

/** What {@link writeHtml} may be given for tests. */
export interface HtmlOptions {
  readonly assets?: AppAssets;
  /** When it is written; default: now. */
  readonly createdAt?: Date;
  /** How large the file may be, in bytes; default {@link LARGEST_FILE}. */
  readonly largest?: number;
  /** How many pictures it holds at most; default {@link MOST_PICTURES}. */
  readonly pictures?: number;
}

/** What a mail server takes: 25 MB, less what is counted differently. */
export const LARGEST_FILE = 24_000_000;

/** How much of that stories may take; the rest is for pictures. */
const TEXT_SHARE = 0.6;

/** More pictures than anybody looks through would only make the file slow to write. */
const MOST_PICTURES = 1_500;

/**
 * The single-file report: the app of `art view` with all its data, in one page that needs no network.
 *
 * @throws {@link UsageError} `APP_MISSING` where the app has not been built
 */
export async function writeHtml(
  { reports, campaigns, store, images }: HtmlSource,
  { assets, createdAt = new Date(), largest = LARGEST_FILE, pictures = MOST_PICTURES }: HtmlOptions = {},
): Promise<string> {
  const app = assets ?? (await readAppAssets());
  const told: Told[] = [];
  for (const [place, campaign] of campaigns.entries()) {
    const report = reports[place];
    if (report === undefined) continue;
    told.push(await tell(store, campaign, report, (TEXT_SHARE * largest) / campaigns.length));
  }
  const bare = file(
    told.map((one) => bundle(one, 'none', {})),
    createdAt,
  );
  // What is left for pictures, shared among the campaigns.
  const room = largest - Buffer.byteLength(htmlPage(app, embedJson(bare)), 'utf8');
  const share = Math.max(0, room / told.length);
  const bundles: CampaignBundle[] = [];
  for (const one of told) {
    const treatment = images ?? (one.campaign.simulated ? 'full' : 'blurred');
    const most = Math.ceil(pictures / told.length);
    const chosen = choosePictures(one.conversations).slice(0, most);
    const read = (hash: string) => readPicture(store, one.mediaTypes, hash);
    const thumbnails =
      treatment === 'none'
        ? {}
        : await smallPictures(chosen, 2 * one.report.findings.length, { treatment, budget: share, read });
    bundles.push(bundle(one, treatment, thumbnails));
  }
  return htmlPage(app, embedJson(file(bundles, createdAt)));
}

/** What a campaign's part of the file is made from. */
interface Told {
  readonly campaign: CampaignRow;
  readonly report: ReportModel;
  readonly conversations: readonly ConversationStory[];
  /** Evaluation images that the stories do not tell of. */
  readonly dropped: number;
  readonly mediaTypes: ReadonlyMap<string, string>;
}

async function tell(store: Store, campaign: CampaignRow, report: ReportModel, room: number): Promise<Told> {
  const { verdict, judges } = report.campaign;
  // Counted as the report is, so that its tables and its stories say the same.
  const record = await readCountedRecord(store, campaign, {
    rule: verdict,
    judges: [...judges.prompt, ...judges.image],
    errors: report.errors,
  });
  const labels = await listLabels(store.database, campaign.id);
  const mediaTypes = new Map<string, string>();
  for (const { image, evaluation } of record.turns) {
    for (const held of [image, ...evaluation.map((one) => one.image)]) {
      if (held !== undefined) mediaTypes.set(held.hash, held.mediaType);
    }
  }
  const stories = tellStories(record, { labels, running: false });
  return { campaign, report, ...trimStories(stories, room), mediaTypes };
}

/** A picture that is missing or damaged leaves a gap in the report, and the rest is written. */
async function readPicture(
  { images }: Store,
  mediaTypes: ReadonlyMap<string, string>,
  hash: string,
): Promise<Uint8Array | undefined> {
  const mediaType = mediaTypes.get(hash);
  if (mediaType === undefined) return undefined;
  try {
    return await images.get({ hash, mediaType });
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

function bundle(
  { campaign, report, conversations, dropped, mediaTypes }: Told,
  images: ReportPictures,
  thumbnails: Readonly<Record<string, string>>,
): CampaignBundle {
  const held = Object.keys(thumbnails).length;
  const leftOut = [
    ...(dropped === 0
      ? []
      : [`${counted(dropped, 'evaluation image')} without a finding are not told of here.`]),
    ...(images === 'none' || held === mediaTypes.size
      ? []
      : [
          `${countText(held)} of ${counted(mediaTypes.size, 'picture')} are in this file, those of findings first.`,
        ]),
  ];
  return {
    summary: summariseCampaign(campaign),
    report,
    conversations,
    thumbnails,
    images,
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
}

function file(campaigns: readonly CampaignBundle[], createdAt: Date): ReportFile {
  return { schemaVersion: 1, artVersion: ART_VERSION, createdAt: createdAt.toISOString(), campaigns };
}
