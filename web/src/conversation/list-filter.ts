import type { ConversationSummary } from '../../../src/report/view-model.ts';

const SHOWS = ['all', 'findings', 'running', 'done', 'failed', 'pending'] as const;

/** Which conversations the list shows, and in what order. */
export interface ListFilter {
  readonly show: (typeof SHOWS)[number];
  readonly category: string | undefined;
  readonly order: 'campaign' | 'findings';
}

/** Reads the list's filter from the address; what makes no sense there counts as usual. */
export function readListFilter(params: URLSearchParams): ListFilter {
  return {
    show: SHOWS.find((show) => show === params.get('show')) ?? 'all',
    category: params.get('category') || undefined,
    order: params.get('order') === 'findings' ? 'findings' : 'campaign',
  };
}

/** The filter as parameters of the address; what is as usual is `undefined`. */
export function listParams({
  show,
  category,
  order,
}: ListFilter): Readonly<Record<string, string | undefined>> {
  return {
    show: show === 'all' ? undefined : show,
    category,
    order: order === 'campaign' ? undefined : order,
  };
}

/** The conversations that a filter lets through, in its order; among equals the campaign's order stays. */
export function selectConversations(
  conversations: readonly ConversationSummary[],
  { show, category, order }: ListFilter,
): readonly ConversationSummary[] {
  const selected = conversations.filter(
    (conversation) =>
      (category === undefined || conversation.category === category) &&
      (show === 'all' || (show === 'findings' ? conversation.findings > 0 : conversation.status === show)),
  );
  return order === 'campaign' ? selected : selected.sort((a, b) => b.findings - a.findings);
}
