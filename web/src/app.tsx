import { useEffect, useRef, useState } from 'react';
import type { CampaignSummary, ReportFile, ViewProgress, ViewSource } from '../../src/report/view-model.ts';
import { Layout } from './components/layout.tsx';
import { Empty, Failed, Loading } from './components/states.tsx';
import { type AsyncState, useAsync } from './hooks/use-async.ts';
import { Pages } from './pages.tsx';
import { useRoute } from './routing/use-route.ts';
import { ProgressProvider } from './sources/progress-context.tsx';
import { ReportFileProvider } from './sources/report-file-context.tsx';
import {
  CampaignProvider,
  CampaignsProvider,
  SourceProvider,
  VersionProvider,
} from './sources/source-context.tsx';

/** The app, over a source of data and, where it stands in one, the file. */
export function App({ source, file }: { readonly source: ViewSource; readonly file?: ReportFile }) {
  return (
    <SourceProvider value={source}>
      <ReportFileProvider value={file}>
        <Campaigns source={source} />
      </ReportFileProvider>
    </SourceProvider>
  );
}

/** Finds the campaign that the address names, else the newest, and follows it while it runs. */
function Campaigns({ source }: { readonly source: ViewSource }) {
  const { params } = useRoute();
  const [progress, setProgress] = useState<ViewProgress>();
  const [connected, setConnected] = useState(true);
  const wanted = params.get('campaign');
  const asked = useCampaignList(source, wanted, progress?.status);
  const campaigns = asked.state === 'done' ? asked.value : [];
  const campaign = wanted === null ? campaigns[0] : campaigns.find(({ id }) => id === wanted);
  const id = campaign?.id;
  useEffect(() => (id === undefined ? undefined : source.watch(id, setProgress, setConnected)), [source, id]);

  if (asked.state === 'loading') return <Alone>{<Loading what="Opening the campaigns" />}</Alone>;
  if (asked.state === 'failed') return <Alone>{<Failed error={asked.error} retry={asked.retry} />}</Alone>;
  if (campaign === undefined) {
    return (
      <Alone>
        <Empty title={wanted === null ? 'There are no campaigns yet.' : 'There is no such campaign here.'}>
          {wanted === null ? <code>art run</code> : <a href="#/">Show the newest</a>}
        </Empty>
      </Alone>
    );
  }
  const own = progress?.campaign === campaign.id ? progress : undefined;
  return (
    <CampaignsProvider value={campaigns}>
      <CampaignProvider value={campaign}>
        <VersionProvider value={own?.version ?? ''}>
          {/* What has gone silent may have ended: nothing is said to be running then. */}
          <ProgressProvider value={connected ? own : undefined}>
            <Layout connected={connected}>
              <Pages key={campaign.id} />
            </Layout>
          </ProgressProvider>
        </VersionProvider>
      </CampaignProvider>
    </CampaignsProvider>
  );
}

/**
 * The campaigns: asked for anew when the one that is looked at begins or ends, when one is wanted that is not
 * among them, and when somebody comes back to the page.
 */
function useCampaignList(
  source: ViewSource,
  wanted: string | null,
  status: string | undefined,
): AsyncState<readonly CampaignSummary[]> {
  const [visits, setVisits] = useState(0);
  const known = useRef<readonly CampaignSummary[]>(undefined);
  useEffect(() => {
    const visit = () => setVisits((count) => count + 1);
    window.addEventListener('focus', visit);
    return () => window.removeEventListener('focus', visit);
  }, []);
  const ask = async () => {
    try {
      known.current = await source.campaigns();
    } catch (error) {
      // Who is reading goes on reading; that nobody answers is told elsewhere.
      if (known.current === undefined) throw error;
    }
    return known.current;
  };
  return useAsync(ask, [source, wanted, status, visits]);
}

function Alone({ children }: { readonly children: React.ReactNode }) {
  return (
    <main style={{ maxWidth: '40rem', margin: '4rem auto', padding: '0 1rem' }}>
      <h1 className="visually-hidden">ART</h1>
      {children}
    </main>
  );
}
