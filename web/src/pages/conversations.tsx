import { PageHeader } from '../components/page-header.tsx';

/** To come. */
export function ConversationsPage() {
  return <PageHeader title="Conversations" />;
}
