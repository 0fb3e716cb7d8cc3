import type { ConversationSummary } from '../../../src/report/view-model.ts';
import { CategoryFilter } from '../components/category-filter.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Asked, Empty } from '../components/states.tsx';
import { ConversationRow } from '../conversation/conversation-row.tsx';
import {
  type ListFilter,
  listParams,
  readListFilter,
  selectConversations,
} from '../conversation/list-filter.ts';
import { plural } from '../format/words.ts';
import { Choice } from '../gallery/filter-bar.tsx';
import { useAsync } from '../hooks/use-async.ts';
import { setRouteParams, useRoute } from '../routing/use-route.ts';
import { useCampaign, useSource, useVersion } from '../sources/source-context.tsx';
import styles from './conversations.module.css';

/** All conversations of a campaign. */
export function ConversationsPage() {
  const source = useSource();
  const { id } = useCampaign();
  const version = useVersion();
  const list = useAsync(() => source.conversations(id), [source, version], id);
  return (
    <>
      <PageHeader title="Conversations">
        <p>In a conversation the Writer and the Guide look, round after round, for the next prompt to try.</p>
      </PageHeader>
      <Asked answer={list} what="Opening the conversations">
        {(value) => <List conversations={value} campaign={id} />}
      </Asked>
    </>
  );
}

function List({
  conversations,
  campaign,
}: {
  readonly conversations: readonly ConversationSummary[];
  readonly campaign: string;
}) {
  const { params } = useRoute();
  const filter = readListFilter(params);
  const change = (next: Partial<ListFilter>) => setRouteParams(listParams({ ...filter, ...next }));
  const shown = selectConversations(conversations, filter);
  const categories = [...new Set(conversations.map(({ category }) => category))];
  const most = Math.max(1, ...conversations.map(({ turns }) => turns));
  return (
    <>
      <div className={styles.filters}>
        <CategoryFilter
          categories={categories}
          value={filter.category}
          onChange={(category) => change({ category })}
        />
        <div className={styles.row}>
          <Choice
            label="Show"
            value={filter.show}
            onChange={(show) => change({ show: readListFilter(new URLSearchParams({ show })).show })}
            options={[
              { value: 'all', title: 'All' },
              { value: 'findings', title: 'With findings' },
              { value: 'running', title: 'Running' },
              { value: 'done', title: 'Done' },
              { value: 'failed', title: 'Failed' },
              { value: 'pending', title: 'Not begun' },
            ]}
          />
          <Choice
            label="Order"
            value={filter.order}
            onChange={(order) => change({ order: order === 'findings' ? 'findings' : 'campaign' })}
            options={[
              { value: 'campaign', title: 'As planned' },
              { value: 'findings', title: 'Most findings first' },
            ]}
          />
          <p role="status" className={styles.count}>
            {shown.length === conversations.length
              ? plural(shown.length, 'conversation')
              : `${shown.length} of ${plural(conversations.length, 'conversation')}`}
          </p>
        </div>
      </div>
      {conversations.length === 0 && <Empty title="There are no conversations yet." />}
      {conversations.length > 0 && shown.length === 0 && (
        <Empty title="No conversation fits these filters.">
          <button type="button" onClick={() => change({ category: undefined, show: 'all' })}>
            Show all
          </button>
        </Empty>
      )}
      <ul className={styles.list}>
        {shown.map((conversation) => (
          <ConversationRow
            key={`${conversation.category} ${conversation.number}`}
            conversation={conversation}
            campaign={campaign}
            most={most}
          />
        ))}
      </ul>
    </>
  );
}
