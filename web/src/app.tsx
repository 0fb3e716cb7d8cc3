import { useEffect, useState } from 'react';
import type { ReportFile, ViewProgress, ViewSource } from '../../src/report/view-model.ts';
import { Layout } from './components/layout.tsx';
import { Empty, Failed, Loading } from './components/states.tsx';
import { useAsync } from './hooks/use-async.ts';
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
  const asked = useAsync(() => source.campaigns(), [source, progress?.status]);
  const campaigns = asked.state === 'done' ? asked.value : [];
  const wanted = params.get('campaign');
  const campaign = wanted === null ? campaigns[0] : campaigns.find(({ id }) => id === wanted);
  const id = campaign?.id;
  useEffect(() => (id === undefined ? undefined : source.watch(id, setProgress)), [source, id]);

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
          <ProgressProvider value={own}>
            <Layout>
              <Pages key={campaign.id} />
            </Layout>
          </ProgressProvider>
        </VersionProvider>
      </CampaignProvider>
    </CampaignsProvider>
  );
}

function Alone({ children }: { readonly children: React.ReactNode }) {
  return (
    <main style={{ maxWidth: '40rem', margin: '4rem auto', padding: '0 1rem' }}>
      <h1 className="visually-hidden">ART</h1>
      {children}
    </main>
  );
}
