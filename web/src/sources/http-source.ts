import type { ReportModel } from '../../../src/report/report-model.ts';
import type {
  CampaignSummary,
  ConversationStory,
  ConversationSummary,
  GalleryPage,
  ShownLabel,
  ViewSource,
} from '../../../src/report/view-model.ts';
import { RefusedError } from './refused-error.ts';
import { watchProgress } from './watch-progress.ts';

/** How often and how soon is asked again while another command holds the data. */
const TRIES = 6;
const PAUSE_MS = 700;

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
    watch: (campaign, onProgress, onConnection) =>
      watchProgress(base(campaign), { onProgress, onConnection }),
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
  const message =
    parts.length === 0 ? `The server answered with an error (${response.status}).` : parts.join(' ');
  const isRefusal = response.status >= 400 && response.status < 500 && response.status !== 429;
  return isRefusal ? new RefusedError(message) : new Error(message);
}
