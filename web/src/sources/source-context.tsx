import { createContext, useContext } from 'react';
import type { CampaignSummary, ViewSource } from '../../../src/report/view-model.ts';

const SourceContext = createContext<ViewSource | undefined>(undefined);
const CampaignContext = createContext<CampaignSummary | undefined>(undefined);
const CampaignsContext = createContext<readonly CampaignSummary[]>([]);
const VersionContext = createContext('');

export const SourceProvider = SourceContext.Provider;
export const CampaignProvider = CampaignContext.Provider;
export const CampaignsProvider = CampaignsContext.Provider;
export const VersionProvider = VersionContext.Provider;

/** Where the app gets its data. */
export function useSource(): ViewSource {
  const source = useContext(SourceContext);
  if (source === undefined) throw new Error('There is no source of data around this part of the app.');
  return source;
}

/** The campaign that is looked at; pages are only rendered when there is one. */
export function useCampaign(): CampaignSummary {
  const campaign = useContext(CampaignContext);
  if (campaign === undefined) throw new Error('There is no campaign around this part of the app.');
  return campaign;
}

/** All campaigns that the source knows, the newest first. */
export function useCampaigns(): readonly CampaignSummary[] {
  return useContext(CampaignsContext);
}

/** Changes whenever something of the campaign has changed: put it into the keys of {@link useAsync}. */
export function useVersion(): string {
  return useContext(VersionContext);
}
