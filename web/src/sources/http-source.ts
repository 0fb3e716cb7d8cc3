import type { ReportModel } from '../../../src/report/report-model.ts';
import type {
  CampaignSummary,
  ConversationStory,
  ConversationSummary,
  GalleryPage,
  ShownLabel,
  ViewProgress,
  ViewSource,
} from '../../../src/report/view-model.ts';

/** How often and how soon is asked again while another command holds the data. */
const TRIES = 6;
const PAUSE_MS = 700;
/** How soon the campaign is watched again after the server has refused or ended. */
const WATCH_AGAIN_MS = 2_000;

/** A source that asks the server of `art view` that this page came from. */
export function createHttpSource(): ViewSource {
  return {
    canLabel: true,
    campaigns: () => ask<readonly CampaignSummary[]>('api/campaigns'),
    report: (campaign) => ask<ReportModel>(`${base(campaign)}/report`),
    gallery: (campaign, filter, offset, limit) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ ...filter, offset, limit })) {
        if (value !== undefined && value !== '') query.set(name, String(value));
      }
      return ask<GalleryPage>(`${base(campaign)}/gallery?${query}`);
    },
    conversations: (campaign) => ask<readonly ConversationSummary[]>(`${base(campaign)}/conversations`),
    conversation: (campaign, category, number) =>
      ask<ConversationStory>(
        `${base(campaign)}/conversation?${new URLSearchParams({ category, number: String(number) })}`,
      ),
    label: (campaign, label) =>
      ask<readonly ShownLabel[]>(`${base(campaign)}/labels`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(label),
      }),
    picture: (campaign, hash, size) =>
      `${size === 'small' ? 'thumbnails' : 'pictures'}/${encodeURIComponent(campaign)}/${encodeURIComponent(hash)}`,
    watch: (campaign, onProgress) => watch(`${base(campaign)}/events`, onProgress),
  };
}

function base(campaign: string): string {
  return `api/campaigns/${encodeURIComponent(campaign)}`;
}

async function ask<Answer>(address: string, init: RequestInit = {}): Promise<Answer> {
  for (let tried = 1; ; tried++) {
    const response = await fetch(address, init).catch(() => undefined);
    if (response?.ok) {
      const answer: Answer = await response.json();
      return answer;
    }
    if (response?.status !== 503 || tried === TRIES) throw await toError(response);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** What went wrong, in words for whoever looks at the page. */
async function toError(response: Response | undefined): Promise<Error> {
  if (response === undefined) {
    return new Error('The server does not answer: art view has ended. Start it again and open its new link.');
  }
  if (response.status === 401) {
    return new Error('This page is no longer let in: open the link that art view shows in the terminal.');
  }
  const told: unknown = await response.json().catch(() => undefined);
  const parts = ['message', 'hint'].flatMap((key) => {
    const value: unknown = typeof told === 'object' && told !== null ? Reflect.get(told, key) : undefined;
    return typeof value === 'string' ? [value] : [];
  });
  return new Error(
    parts.length === 0 ? `The server answered with an error (${response.status}).` : parts.join(' '),
  );
}

/** A browser takes up a stream that has ended by itself, but not one that was refused. */
function watch(address: string, onProgress: (progress: ViewProgress) => void): () => void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    const opened = new EventSource(address);
    source = opened;
    opened.addEventListener('progress', ({ data }) => {
      const progress: ViewProgress = JSON.parse(String(data));
      onProgress(progress);
    });
    opened.addEventListener('error', () => {
      if (opened.readyState === EventSource.CLOSED) again = setTimeout(open, WATCH_AGAIN_MS);
    });
  };
  open();
  return () => {
    clearTimeout(again);
    source?.close();
  };
}
