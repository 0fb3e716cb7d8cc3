import { selectGallery } from '../../../src/report/view/select-gallery.ts';
import type { CampaignBundle, GalleryImage, ReportFile, ViewSource } from '../../../src/report/view-model.ts';

/** The id of the element that a single-file report carries its data in. */
export const DATA_ELEMENT = 'art-data';

/**
 * The data that this page carries, when it is a single-file report.
 *
 * @throws Error when the data cannot be read, e.g. because the file was cut off
 */
export function readReportFile(page: Document): ReportFile | undefined {
  const element = page.getElementById(DATA_ELEMENT);
  if (element === null) return undefined;
  const file: ReportFile = JSON.parse(element.textContent ?? '');
  if (file.schemaVersion !== 1) {
    throw new Error(
      `This report has the version ${file.schemaVersion} of its data; this app reads version 1.`,
    );
  }
  return file;
}

/** A source that answers from the data of a single-file report. */
export function createFileSource(file: ReportFile): ViewSource {
  const bundles = new Map(file.campaigns.map((bundle) => [bundle.summary.id, bundle]));
  const galleries = new Map<string, readonly GalleryImage[]>();

  const find = (campaign: string): CampaignBundle => {
    const bundle = bundles.get(campaign);
    if (bundle === undefined) throw new Error('This file does not hold that campaign.');
    return bundle;
  };
  const imagesOf = (campaign: string): readonly GalleryImage[] => {
    const known = galleries.get(campaign);
    if (known !== undefined) return known;
    const images = find(campaign).conversations.flatMap(({ story }) =>
      story.flatMap(({ evaluation }) => evaluation),
    );
    galleries.set(campaign, images);
    return images;
  };

  return {
    canLabel: false,
    campaigns: async () => file.campaigns.map(({ summary }) => summary),
    report: async (campaign) => find(campaign).report,
    gallery: async (campaign, filter, offset, limit) => {
      const images = selectGallery(imagesOf(campaign), filter);
      return { total: images.length, offset, images: images.slice(offset, offset + limit) };
    },
    conversations: async (campaign) =>
      find(campaign).conversations.map(({ story: _, ...summary }) => summary),
    conversation: async (campaign, category, number) => {
      const story = find(campaign).conversations.find(
        (conversation) => conversation.category === category && conversation.number === number,
      );
      if (story === undefined)
        throw new Error('This file does not tell of that conversation. All of them: art view');
      return story;
    },
    label: async () => {
      throw new Error('Labels cannot be given in a file: open the campaign with `art view`.');
    },
    picture: (campaign, hash) => {
      const pictures = bundles.get(campaign)?.thumbnails;
      return pictures !== undefined && Object.hasOwn(pictures, hash) ? pictures[hash] : undefined;
    },
    watch: () => () => undefined,
  };
}
