import { PageHeader } from '../components/page-header.tsx';

/** To come. */
export function ComparePage() {
  return <PageHeader title="Compare" />;
}
