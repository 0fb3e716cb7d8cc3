import { createContext, useContext } from 'react';
import type { ReportFile } from '../../../src/report/view-model.ts';

const ReportFileContext = createContext<ReportFile | undefined>(undefined);

export const ReportFileProvider = ReportFileContext.Provider;

/** The single-file report that the app stands in; `undefined` under `art view`. */
export function useReportFile(): ReportFile | undefined {
  return useContext(ReportFileContext);
}

/** What the pictures are: `live` ones come from the server, the others are as the file was written. */
export function usePictureKind(campaign: string): 'live' | 'full' | 'blurred' | 'none' {
  const file = useReportFile();
  if (file === undefined) return 'live';
  return file.campaigns.find(({ summary }) => summary.id === campaign)?.images ?? 'none';
}

/** What of the campaign is not in the file, in sentences. */
export function useLeftOut(campaign: string): readonly string[] {
  return useReportFile()?.campaigns.find(({ summary }) => summary.id === campaign)?.leftOut ?? [];
}
