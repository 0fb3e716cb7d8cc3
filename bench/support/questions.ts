import { readStanding } from '../../src/campaign/standing.ts';
import { buildReport } from '../../src/report/build-report.ts';
import { readRecordedCampaign } from '../../src/report/recorded-campaign.ts';
import { CampaignViews } from '../../src/server/campaign-views.ts';
import { parseGalleryQuery } from '../../src/server/gallery-query.ts';
import { heldStore } from '../../src/server/store-access.ts';
import { readCampaignState } from '../../src/store/campaign-state.ts';
import { listCampaigns } from '../../src/store/campaigns.ts';
import { countCampaign } from '../../src/store/counts.ts';
import { listOpenEvaluations, readEvaluation } from '../../src/store/evaluation.ts';
import { findKnownVerdicts } from '../../src/store/known-verdicts.ts';
import type { Store } from '../../src/store/open-store.ts';
import { sumRequests } from '../../src/store/request-statistics.ts';
import type { CampaignRow } from '../../src/store/schema.ts';
import { readTurns } from '../../src/store/turns.ts';
import { middleOf } from './hot-queries.ts';

/** Something that is asked of the store of a large campaign. */
export interface Question {
  readonly name: string;
  /** Makes ready to ask; what it gives back asks once. */
  prepare(store: Store, campaign: CampaignRow): Promise<() => Promise<unknown>>;
}

function question(name: string, ask: (store: Store, campaign: CampaignRow) => Promise<unknown>): Question {
  return { name, prepare: async (store, campaign) => () => ask(store, campaign) };
}

/** What `art view` has in memory of campaigns that have been looked at. */
const looked = new WeakMap<Store, CampaignViews>();

/** A page of the gallery of a campaign that has been looked at before. */
function galleryQuestion(name: string, query: Readonly<Record<string, string>>): Question {
  return question(name, (store, { id }) => {
    const views = looked.get(store) ?? new CampaignViews(heldStore(store));
    looked.set(store, views);
    return views.gallery(id, parseGalleryQuery(query));
  });
}

/** What people and pages, and workers, ask of a campaign; first what takes time in proportion to it. */
export const QUESTIONS: readonly Question[] = [
  question('report model', (store, campaign) => buildReport(store, campaign)),
  question('gallery: first page of all', (store, { id }) =>
    new CampaignViews(heldStore(store)).gallery(id, parseGalleryQuery({})),
  ),
  galleryQuestion('gallery: next page', { offset: '100' }),
  galleryQuestion('gallery: page in the middle, by score', { show: 'all', order: 'score', offset: '5000' }),
  galleryQuestion('gallery: a word of the prompt, one category', {
    show: 'all',
    text: 'kettle',
    category: 'violence',
  }),
  question('art status', async ({ database }) => {
    for (const { id } of await listCampaigns(database)) await countCampaign(database, id);
  }),
  question('whether pages have changed', ({ database }, campaign) => readCampaignState(database, campaign)),
  question('progress over all workers', ({ database }, campaign) => {
    const { judges, names } = judgesOf(campaign);
    return readStanding(database, campaign, judges.verdict, names);
  }),
  question('what a budget has left', ({ database }, { id }) => sumRequests(database, id)),
  question('what is still to be evaluated', ({ database }, { id }) => listOpenEvaluations(database, id)),
  {
    name: 'one conversation, to go on with it',
    async prepare(store, campaign) {
      const { turn } = await middleOf(store.database, campaign);
      return () => readTurns(store.database, turn.conversationId);
    },
  },
  {
    name: 'one turn, to evaluate it',
    async prepare(store, campaign) {
      const { turn } = await middleOf(store.database, campaign);
      return () => readEvaluation(store.database, turn.id);
    },
  },
  {
    name: 'whether an image has been judged before',
    async prepare(store, campaign) {
      const { turn } = await middleOf(store.database, campaign);
      return () =>
        findKnownVerdicts(store.database, { kind: 'image', hash: turn.imageHash ?? '' }, ['revision of sf']);
    },
  },
];

function judgesOf({ config }: CampaignRow) {
  const { judges } = readRecordedCampaign(config);
  const names = { prompt: ['llama-guard'], image: ['sf'] };
  return { judges, names };
}
