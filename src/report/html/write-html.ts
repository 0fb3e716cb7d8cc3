import type { ImageKey } from '../../store/image-store.ts';
import { keptKey } from '../../store/kept-picture.ts';
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
import { type SmallPictures, smallPictures } from './small-pictures.ts';
import { type TrimmedStories, trimStories } from './trim-stories.ts';

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
  /** Is told what the file does not hold, and where it is too large all the same, once the file is made. */
  readonly onNote?: ((note: FileNote) => void) | undefined;
}

/** What whoever writes a file should know of it. */
export interface FileNote {
  /** `left out`: it is shorter than the campaign, and says so itself; `too large`: it may not get through by mail. */
  readonly kind: 'left out' | 'too large';
  /** The campaign's id; of a note on the whole file, `undefined`. */
  readonly campaign?: string;
  /** For people, one or more sentences. */
  readonly message: string;
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

/** How much of what app and reports leave stories may take where pictures are to come, too. */
const TEXT_SHARE = 0.6;

/** Bytes that a campaign's sentences on what was left out may take. */
const NOTES_ROOM = 1_000;

/** More pictures than anybody looks through would only make the file slow to write. */
const MOST_PICTURES = 1_500;

/**
 * The single-file report: the app of `art view` with all its data, in one page that needs no network.
 *
 * It stays below its size: what does not fit is left out, what matters least first, and the file says so. Only the
 * app and the reports themselves are never shortened.
 *
 * @throws {@link UsageError} `APP_MISSING` where the app has not been built
 */
export async function writeHtml(
  { reports, campaigns, store, images, onNote }: HtmlSource,
  { assets, createdAt = new Date(), largest = LARGEST_FILE, pictures = MOST_PICTURES }: HtmlOptions = {},
): Promise<string> {
  const app = assets ?? (await readAppAssets());
  const whole: Whole[] = [];
  for (const [place, campaign] of campaigns.entries()) {
    const report = reports[place];
    if (report === undefined) continue;
    const treatment = images ?? (campaign.simulated ? 'full' : 'blurred');
    whole.push({ campaign, report, treatment, ...(await readStories(store, campaign, report)) });
  }
  const page = (bundles: readonly CampaignBundle[]) => htmlPage(app, embedJson(file(bundles, createdAt)));
  const bare = page(whole.map((one) => bundle({ ...one, ...NOTHING_TOLD }, NO_PICTURES)));
  let room = largest - Buffer.byteLength(bare, 'utf8') - NOTES_ROOM * whole.length;

  // What one campaign leaves of its share, the next may have.
  let textRoom = (whole.some(({ treatment }) => treatment !== 'none') ? TEXT_SHARE : 1) * room;
  const told: Told[] = [];
  for (const one of whole) {
    const trimmed = trimStories(one.conversations, textRoom / (whole.length - told.length));
    textRoom -= trimmed.bytes;
    room -= trimmed.bytes;
    told.push({ ...one, ...trimmed });
  }

  const bundles: CampaignBundle[] = [];
  for (const one of told) {
    const most = Math.ceil(pictures / told.length);
    const chosen = choosePictures(one.conversations)
      .filter((hash) => one.left.has(hash))
      .slice(0, most);
    const budget = Math.max(0, room / (told.length - bundles.length));
    const read = (hash: string) => readPicture(store, one.left, hash);
    const { treatment } = one;
    const made =
      treatment === 'none'
        ? NO_PICTURES
        : await smallPictures(chosen, 2 * one.report.findings.length, { treatment, budget, read });
    room -= Buffer.byteLength(JSON.stringify(made.pictures), 'utf8');
    bundles.push(bundle(one, made));
  }
  const html = page(bundles);
  if (onNote !== undefined) for (const note of notesOn(bundles, html, largest)) onNote(note);
  return html;
}

/** A campaign as it would be told if there were room for all of it. */
interface Whole {
  readonly campaign: CampaignRow;
  readonly report: ReportModel;
  /** What becomes of its pictures. */
  readonly treatment: ReportPictures;
  readonly conversations: readonly ConversationStory[];
  /** What is left of each picture, by its hash. */
  readonly left: ReadonlyMap<string, ImageKey>;
  /** How many pictures are not kept. */
  readonly notKept: number;
}

/** A campaign as the file tells it. */
type Told = Whole & Pick<TrimmedStories, 'conversations' | 'dropped'>;

const NOTHING_TOLD: Pick<TrimmedStories, 'conversations' | 'dropped'> = {
  conversations: [],
  dropped: { others: 0, ofFindings: 0, quiet: 0, telling: 0 },
};

const NO_PICTURES: SmallPictures = { pictures: {}, unreadable: 0 };

async function readStories(
  store: Store,
  campaign: CampaignRow,
  report: ReportModel,
): Promise<Pick<Whole, 'conversations' | 'left' | 'notKept'>> {
  const { verdict, judges } = report.campaign;
  // Counted as the report is, so that its tables and its stories say the same.
  const record = await readCountedRecord(store, campaign, {
    rule: verdict,
    judges: [...judges.prompt, ...judges.image],
    errors: report.errors,
  });
  const labels = await listLabels(store.database, campaign.id);
  const left = new Map<string, ImageKey>();
  const notKept = new Set<string>();
  for (const { image, evaluation } of record.turns) {
    for (const held of [image, ...evaluation.map((one) => one.image)]) {
      if (held === undefined) continue;
      const key = keptKey(held);
      if (key === undefined) notKept.add(held.hash);
      else left.set(held.hash, key);
    }
  }
  const conversations = tellStories(record, { labels, running: false });
  return { conversations, left, notKept: notKept.size };
}

/** A picture that is missing or damaged leaves a gap in the report, and the rest is written. */
async function readPicture(
  { images }: Store,
  left: ReadonlyMap<string, ImageKey>,
  hash: string,
): Promise<Uint8Array | undefined> {
  const key = left.get(hash);
  if (key === undefined) return undefined;
  try {
    return await images.get(key);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

function bundle(one: Told, made: SmallPictures): CampaignBundle {
  const { campaign, report, conversations, treatment } = one;
  const leftOut = whatIsLeftOut(one, made);
  return {
    summary: summariseCampaign(campaign),
    report,
    conversations,
    thumbnails: made.pictures,
    images: treatment,
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
}

/** A sentence for each thing that the file does not hold of a campaign. */
function whatIsLeftOut(
  { dropped: { others, ofFindings, quiet, telling }, left, notKept, treatment }: Told,
  { pictures, unreadable }: SmallPictures,
): string[] {
  const held = Object.keys(pictures).length;
  const not = (count: number, what: string, rest = '') =>
    count === 0 ? [] : [`${counted(count, what)} ${rest}${count === 1 ? 'is' : 'are'} not told of here.`];
  return [
    ...not(others, 'evaluation image', 'without a finding '),
    ...not(ofFindings, 'further unsafe image', 'of findings '),
    ...not(quiet, 'conversation', 'without a finding '),
    ...not(telling, 'conversation', 'with findings '),
    ...(treatment === 'none' || held === left.size
      ? []
      : [
          `${countText(held)} of ${counted(left.size, 'picture')} are in this file, those of findings first.`,
        ]),
    ...(treatment === 'none' || notKept === 0
      ? []
      : [`${counted(notKept, 'picture')} ${notKept === 1 ? 'was' : 'were'} not kept (retention).`]),
    ...(unreadable === 0
      ? []
      : [
          `${counted(unreadable, 'picture')} could not be read: ${unreadable === 1 ? 'its file is' : 'their files are'} missing or damaged.`,
        ]),
  ];
}

function notesOn(bundles: readonly CampaignBundle[], html: string, largest: number): FileNote[] {
  const notes: FileNote[] = bundles.flatMap(({ summary, leftOut }) =>
    leftOut === undefined
      ? []
      : [{ kind: 'left out' as const, campaign: summary.id, message: leftOut.join(' ') }],
  );
  const size = Buffer.byteLength(html, 'utf8');
  if (size <= largest) return notes;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const message = `The report comes to ${megabytes(size)}, more than the ${megabytes(largest)} that can be mailed. ${
    bundles.length > 1 ? 'Write a file for each campaign.' : 'All of it can be seen with art view.'
  }`;
  return [...notes, { kind: 'too large', message }];
}

function file(campaigns: readonly CampaignBundle[], createdAt: Date): ReportFile {
  return { schemaVersion: 1, artVersion: ART_VERSION, createdAt: createdAt.toISOString(), campaigns };
}
