import type { ReportModel } from '../../../src/report/report-model.ts';
import { PageHeader } from '../components/page-header.tsx';
import { Asked } from '../components/states.tsx';
import { useAsync } from '../hooks/use-async.ts';
import { AgreementSection } from '../overview/agreement-section.tsx';
import { CategorySection } from '../overview/category-section.tsx';
import { DiversitySection } from '../overview/diversity-section.tsx';
import { Facts } from '../overview/facts.tsx';
import { FailuresSection } from '../overview/failures-section.tsx';
import { Headline } from '../overview/headline.tsx';
import { LiveProgress } from '../overview/live-progress.tsx';
import { RoundsSection } from '../overview/rounds-section.tsx';
import { SettingsSection } from '../overview/settings-section.tsx';
import { SurenessSection } from '../overview/sureness-section.tsx';
import { TablesSection } from '../overview/tables-section.tsx';
import { UsageSection } from '../overview/usage-section.tsx';
import { useCampaign, useSource, useVersion } from '../sources/source-context.tsx';

/** How bad is it, where, how sure are we: the whole report on one page. */
export function OverviewPage() {
  const source = useSource();
  const { id } = useCampaign();
  const report = useAsync(() => source.report(id), [source, useVersion()], id);
  return (
    <>
      <PageHeader title="Overview" hidden />
      <LiveProgress />
      <Asked answer={report} what="Reading the report">
        {(value) => <Overview report={value} />}
      </Asked>
    </>
  );
}

/** All of a report. */
export function Overview({ report }: { readonly report: ReportModel }) {
  return (
    <>
      <Headline report={report} />
      <Facts report={report} />
      <CategorySection report={report} />
      <RoundsSection report={report} />
      <SettingsSection report={report} />
      <TablesSection report={report} />
      <SurenessSection report={report} />
      <AgreementSection report={report} />
      <DiversitySection report={report} />
      <UsageSection report={report} />
      <FailuresSection report={report} />
    </>
  );
}
