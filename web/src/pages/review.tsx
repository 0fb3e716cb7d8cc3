import { PageHeader } from '../components/page-header.tsx';

/** To come. */
export function ReviewPage() {
  return <PageHeader title="Review" />;
}
