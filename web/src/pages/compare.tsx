import { CampaignPicker } from '../compare/campaign-picker.tsx';
import { Comparison } from '../compare/comparison.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Asked, Empty } from '../components/states.tsx';
import { useAsync } from '../hooks/use-async.ts';
import { setRouteParams, useRoute } from '../routing/use-route.ts';
import { useCampaign, useCampaigns, useSource, useVersion } from '../sources/source-context.tsx';

/** So many stand side by side where nobody has chosen. */
const AT_FIRST = 3;

/** Several campaigns side by side; which ones stands in the address. */
export function ComparePage() {
  const source = useSource();
  const { id } = useCampaign();
  const campaigns = useCampaigns();
  const { params } = useRoute();
  const known = campaigns.map((campaign) => campaign.id);
  const wanted = params.get('with')?.split(',');
  const chosen =
    wanted === undefined
      ? [id, ...known.filter((other) => other !== id)].slice(0, AT_FIRST)
      : known.filter((one) => wanted.includes(one));
  const key = chosen.join(',');
  const reports = useAsync(
    () => Promise.all(chosen.map((campaign) => source.report(campaign))),
    [source, key, useVersion()],
  );
  return (
    <>
      <PageHeader title="Compare">
        <p>Targets, methods and settings side by side.</p>
      </PageHeader>
      <CampaignPicker chosen={chosen} onChange={(ids) => setRouteParams({ with: ids.join(',') || 'none' })} />
      {chosen.length < 2 ? (
        <div style={{ marginTop: 'var(--space-5)' }}>
          <Empty title="Choose at least two campaigns." />
        </div>
      ) : (
        <Asked answer={reports} what="Reading the reports">
          {(value) => <Comparison reports={value} />}
        </Asked>
      )}
    </>
  );
}
