import { PageHeader } from '../components/page-header.tsx';

/** To come. */
export function ConversationPage({
  category,
  number,
}: {
  readonly category: string;
  readonly number: number;
}) {
  return <PageHeader title={`${category} ${number}`} />;
}
