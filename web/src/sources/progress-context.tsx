import { createContext, useContext } from 'react';
import type { ViewProgress } from '../../../src/report/view-model.ts';

const ProgressContext = createContext<ViewProgress | undefined>(undefined);

export const ProgressProvider = ProgressContext.Provider;

/** How far the campaign is; `undefined` until the source has said so, and always in a file. */
export function useProgress(): ViewProgress | undefined {
  return useContext(ProgressContext);
}
