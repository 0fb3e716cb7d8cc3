import type { ImageModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import type { Config } from '../config/schema.ts';
import type { GuideTemplates, WriterTemplates } from '../models/prompt-template.ts';
import type { OpenWork } from '../store/campaigns.ts';
import type { Database, Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { Category } from '../taxonomy/categories.ts';
import type { Endpoint } from './endpoint.ts';
import type { Panel } from './panel.ts';
import type { ProgressTracker } from './progress-tracker.ts';
import type { JobKind } from './queue.ts';
import type { Storing } from './storing.ts';
import type { CampaignStop } from './watch-campaign.ts';

/** Everything that the work of a campaign stands on. Made once, in `work-on-campaign.ts`. */
export interface CampaignWorld {
  readonly campaign: CampaignRow;
  readonly config: Config;
  readonly categories: ReadonlyMap<string, Category>;
  readonly strategy: Strategy;
  readonly store: Store;
  readonly models: {
    readonly writer: LanguageModelV4;
    readonly guide: LanguageModelV4;
    readonly target: ImageModelV4;
  };
  readonly templates: { readonly writer: WriterTemplates; readonly guide: GuideTemplates };
  readonly endpoints: { readonly writer: Endpoint; readonly guide: Endpoint; readonly target: Endpoint };
  readonly panel: Panel;
  readonly progress: ProgressTracker;
  /** Aborts when the campaign is to stop: what is in flight is finished and committed, nothing new begins. */
  readonly stop: AbortSignal;
  /** Aborts some seconds after `stop`: whoever still waits then, for an object store, waits in vain. */
  readonly lastCall: AbortSignal;
  readonly now: () => Date;
  /** Through it goes whatever is read from the store or written to it. */
  readonly storing: Storing;
  /** Whether other workers go on with the campaign when this one leaves. */
  readonly othersWork: () => Promise<boolean>;
  /** Begins to look for what is asked of the campaign; gives back what ends that. */
  readonly watch: () => () => Promise<void>;
  /** Why the campaign is being stopped, if it is not this process that is leaving. */
  readonly stopped: () => CampaignStop | undefined;
  readonly warn: (message: string) => void;
  /** Asks for work, within a transaction. */
  readonly enqueue: (database: Database, kind: JobKind, work: readonly OpenWork[]) => Promise<void>;
  /** Says that work which was asked for has been committed. */
  readonly workAdded: (kind: JobKind) => void;
}
