import { LRUCache } from 'lru-cache';
import { reportOn } from '../report/build-report.ts';
import { type CountedRecord, readCountedRecord } from '../report/counted-record.ts';
import { exportedLabels, type LabelFormat, writeLabels } from '../report/labels-export.ts';
import { readRecordedCampaign } from '../report/recorded-campaign.ts';
import type { ReportModel } from '../report/report-model.ts';
import { reviewReport } from '../report/review.ts';
import { galleryOf } from '../report/view/gallery.ts';
import { selectGallery } from '../report/view/select-gallery.ts';
import { groupLabels, tellStories } from '../report/view/stories.ts';
import { summariseCampaign } from '../report/view/summaries.ts';
import type {
  CampaignSummary,
  ConversationStory,
  ConversationSummary,
  GalleryImage,
  GalleryPage,
  NewLabel,
  ShownLabel,
  ViewProgress,
} from '../report/view-model.ts';
import { type CampaignState, readCampaignState } from '../store/campaign-state.ts';
import { listCampaigns } from '../store/campaigns.ts';
import type { ImageKey } from '../store/image-store.ts';
import { keptKey } from '../store/kept-picture.ts';
import { listLabels, putLabel } from '../store/labels.ts';
import type { CampaignRow, LabelRow } from '../store/schema.ts';
import type { GalleryQuery } from './gallery-query.ts';
import { unknownCampaign, unknownConversation } from './not-found.ts';
import type { StoreAccess } from './store-access.ts';

/** How many campaigns are kept in memory. */
const MOST_CAMPAIGNS = 4;
/** How many selections of a gallery are kept: one a person who scrolls. */
const MOST_SELECTIONS = 8;

/** While a campaign runs, at most a tenth of the time is spent on reading it anew. */
const PAUSE_FACTOR = 10;
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/** A campaign as it stood when it was asked last. */
interface Standing {
  readonly campaign: CampaignRow;
  readonly state: CampaignState;
}

/** What is shown of a campaign's data until they are read anew. */
interface Shown {
  /** Which state of the data. */
  readonly data: string;
  readonly since: number;
  readonly tookMs: number;
}

/** A picture, or the blurred copy that is left of it. */
export interface LeftPicture {
  readonly key: ImageKey;
  /** Whether the same is sent from now on: browsers may keep it. */
  readonly forGood: boolean;
}

/** The pages of one version of a campaign. */
interface Pages {
  readonly stories: readonly ConversationStory[];
  readonly images: readonly GalleryImage[];
  readonly selections: LRUCache<string, readonly GalleryImage[]>;
}

/**
 * What the pages show of the campaigns of one store. All is read at once, kept, and read anew only when it has
 * changed; of a running campaign no more often than it can bear.
 */
export class CampaignViews {
  readonly #access: StoreAccess;
  readonly #now: () => number;
  /** What was answered since {@link StoreAccess.changes} grew. */
  readonly #rows = new Map<string, Promise<CampaignRow[]>>();
  readonly #states = new Map<string, Promise<CampaignState>>();
  #answeredAt: number | undefined;
  readonly #shown = new Map<string, Shown>();
  readonly #records = new LRUCache<string, Versioned<CountedRecord>>({ max: MOST_CAMPAIGNS });
  readonly #pages = new LRUCache<string, Versioned<Pages>>({ max: MOST_CAMPAIGNS });
  readonly #labels = new LRUCache<string, Versioned<LabelRow[]>>({ max: MOST_CAMPAIGNS });
  readonly #reports = new LRUCache<string, Versioned<ReportModel>>({ max: MOST_CAMPAIGNS });
  readonly #pictures = new LRUCache<string, Versioned<ReadonlyMap<string, ImageKey>>>({
    max: MOST_CAMPAIGNS,
  });

  /** @param now milliseconds of any clock */
  constructor(access: StoreAccess, now: () => number = () => performance.now()) {
    this.#access = access;
    this.#now = now;
  }

  /** All campaigns, the newest first. */
  async campaigns(): Promise<CampaignSummary[]> {
    const rows = await this.#campaignRows();
    return rows.map((row) => summariseCampaign(row, this.#access.statusOf(row)));
  }

  /** How far a campaign is. */
  async progress(id: string): Promise<ViewProgress> {
    const { campaign, state } = await this.#standing(id);
    const { conversations, turns, evaluationImages } = state.counts;
    const prompts = conversations.total * (campaign.rounds + 1);
    return {
      campaign: id,
      status: this.#access.statusOf(campaign),
      conversations,
      turns: { total: prompts, played: turns },
      images: {
        total: evaluationImages.expected + Math.max(0, prompts - turns) * campaign.imagesPerPrompt,
        done: evaluationImages.drawn + evaluationImages.refused,
      },
      version: this.#version({ campaign, state }),
    };
  }

  /** The campaign's report, as `art report` has it. */
  async report(id: string): Promise<ReportModel> {
    const standing = await this.#standing(id);
    const record = await this.#record(standing);
    const { review: _, ...report } = await versioned(this.#reports, id, this.#shownData(standing), () =>
      this.#timed(id, () => this.#access.use(({ database }) => reportOn(database, record))),
    );
    // Labels come one after another while somebody reviews: for their sake nothing else is computed anew.
    const review = reviewReport(record, await this.#labelsOf(standing));
    const status = this.#access.statusOf(standing.campaign);
    return {
      ...report,
      campaign: { ...report.campaign, status },
      ...(review === undefined ? {} : { review }),
    };
  }

  /** A part of the images that a filter lets through. */
  async gallery(id: string, { filter, offset, limit }: GalleryQuery): Promise<GalleryPage> {
    const { images, selections } = await this.#pagesOf(id);
    const key = JSON.stringify(filter);
    let selected = selections.get(key);
    if (selected === undefined) {
      selected = selectGallery(images, filter);
      selections.set(key, selected);
    }
    return { total: selected.length, offset, images: selected.slice(offset, offset + limit) };
  }

  async conversations(id: string): Promise<ConversationSummary[]> {
    const { stories } = await this.#pagesOf(id);
    return stories.map(({ story: _, ...summary }) => summary);
  }

  /** @throws UsageError `UNKNOWN_CONVERSATION` */
  async conversation(id: string, category: string, number: number): Promise<ConversationStory> {
    const { stories } = await this.#pagesOf(id);
    const found = stories.find((story) => story.category === category && story.number === number);
    if (found === undefined) throw unknownConversation();
    return found;
  }

  /** What is left of the picture of that hash, if it is one of this campaign's. */
  async picture(id: string, hash: string): Promise<LeftPicture | undefined> {
    const standing = await this.#standing(id);
    const pictures = await versioned(this.#pictures, id, this.#shownData(standing), async () => {
      const { turns } = await this.#record(standing);
      const images = turns.flatMap(({ image, evaluation }) => [image, ...evaluation.map((one) => one.image)]);
      return new Map(
        images.flatMap((image) => {
          const key = image === undefined ? undefined : keptKey(image);
          return image === undefined || key === undefined ? [] : [[image.hash, key]];
        }),
      );
    });
    const key = pictures.get(hash);
    if (key === undefined) return undefined;
    return { key, forGood: readRecordedCampaign(standing.campaign.config).retention === 'full' };
  }

  /** Stores what a reviewer said; gives back all that reviewers said of the same. */
  async label(id: string, label: NewLabel, at: Date): Promise<readonly ShownLabel[]> {
    await this.#standing(id);
    const rows = await this.#access.use(async ({ database }) => {
      await putLabel(database, id, label, at);
      return await listLabels(database, id);
    });
    this.#forget();
    return groupLabels(rows)(label);
  }

  /** The labels of all reviewers, as `art labels` writes them. */
  async exportLabels(id: string, format: LabelFormat): Promise<string> {
    const standing = await this.#standing(id);
    const record = await this.#record(standing);
    const { prompt, image } = record.judges;
    return writeLabels(exportedLabels(record, await this.#labelsOf(standing)), format, [...prompt, ...image]);
  }

  #campaignRows(): Promise<CampaignRow[]> {
    return this.#ask(this.#rows, 'all', () => this.#access.use(({ database }) => listCampaigns(database)));
  }

  async #standing(id: string): Promise<Standing> {
    const campaign = (await this.#campaignRows()).find((row) => row.id === id);
    if (campaign === undefined) throw unknownCampaign();
    const state = await this.#ask(this.#states, id, () =>
      this.#access.use(({ database }) => readCampaignState(database, campaign)),
    );
    return { campaign, state };
  }

  /** Asks the store, unless it is known that nothing can have changed since it was asked the same. */
  #ask<T>(answers: Map<string, Promise<T>>, what: string, ask: () => Promise<T>): Promise<T> {
    const changes = this.#access.changes();
    if (changes === undefined) return ask();
    if (changes !== this.#answeredAt) this.#forget();
    this.#answeredAt = changes;
    const known = answers.get(what);
    if (known !== undefined) return known;
    const answer = ask();
    answers.set(what, answer);
    answer.catch(() => {
      // What failed is tried again by the next one; whoever asked has been told.
      if (answers.get(what) === answer) answers.delete(what);
    });
    return answer;
  }

  #forget(): void {
    this.#rows.clear();
    this.#states.clear();
  }

  /** Which state of the data is shown: of a campaign that runs, not every one. */
  #shownData({ campaign, state }: Standing): string {
    const shown = this.#shown.get(campaign.id);
    const now = this.#now();
    if (shown !== undefined) {
      const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, PAUSE_FACTOR * shown.tookMs));
      const running = this.#access.statusOf(campaign) === 'running';
      if (shown.data === state.data || (running && now - shown.since < pause)) return shown.data;
    }
    this.#shown.set(campaign.id, { data: state.data, since: now, tookMs: shown?.tookMs ?? 0 });
    return state.data;
  }

  #version(standing: Standing): string {
    return `${this.#shownData(standing)}.${standing.state.labels}`;
  }

  #record(standing: Standing): Promise<CountedRecord> {
    const { campaign } = standing;
    return versioned(this.#records, campaign.id, this.#shownData(standing), () =>
      this.#timed(campaign.id, () => this.#access.use((store) => readCountedRecord(store, campaign))),
    );
  }

  async #pagesOf(id: string): Promise<Pages> {
    const standing = await this.#standing(id);
    return await versioned(this.#pages, id, this.#version(standing), async () => {
      const record = await this.#record(standing);
      const labels = await this.#labelsOf(standing);
      const running = this.#access.statusOf(standing.campaign) === 'running';
      const stories = tellStories(record, { labels, running });
      return { stories, images: galleryOf(stories), selections: new LRUCache({ max: MOST_SELECTIONS }) };
    });
  }

  #labelsOf({ campaign: { id }, state }: Standing): Promise<LabelRow[]> {
    return versioned(this.#labels, id, state.labels, () =>
      this.#access.use(({ database }) => listLabels(database, id)),
    );
  }

  /** Notes how long reading takes, for the pause until the next time. */
  async #timed<T>(id: string, work: () => Promise<T>): Promise<T> {
    const begun = this.#now();
    try {
      return await work();
    } finally {
      const shown = this.#shown.get(id);
      const now = this.#now();
      if (shown !== undefined) this.#shown.set(id, { ...shown, since: now, tookMs: now - begun });
    }
  }
}

/** Something as it was at a version; a promise, so that whoever asks meanwhile waits for the same. */
interface Versioned<T> {
  readonly version: string;
  readonly value: Promise<T>;
}

function versioned<T>(
  cache: LRUCache<string, Versioned<T>>,
  id: string,
  version: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = cache.get(id);
  if (known?.version === version) return known.value;
  const made = { version, value: make() };
  cache.set(id, made);
  made.value.catch(() => {
    // What failed is tried again by the next one; whoever asked has been told.
    if (cache.get(id) === made) cache.delete(id);
  });
  return made.value;
}
