import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { GalleryFilter } from '../../../src/report/view-model.ts';
import { useCampaign, useSource, useVersion } from '../sources/source-context.tsx';
import { type GallerySnapshot, PageCache } from './page-cache.ts';

/** The gallery under a filter, page by page. */
export interface Gallery extends GallerySnapshot {
  /** Makes sure that the images between two places are there or on their way. */
  readonly need: (first: number, last: number) => void;
  readonly retry: () => void;
}

/** The images that a filter lets through, loaded as they are needed. */
export function useGallery(filter: GalleryFilter): Gallery {
  const source = useSource();
  const { id } = useCampaign();
  const version = useVersion();
  const key = JSON.stringify([id, filter]);
  const previous = useRef<{ readonly key: string; readonly cache: PageCache }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the filter, the version for what has changed
  const cache = useMemo(() => {
    const made = new PageCache((offset, limit) => source.gallery(id, filter, offset, limit));
    // The same gallery, newer: what is shown stays until its pages have come again.
    if (previous.current?.key === key) made.follow(previous.current.cache);
    return made;
  }, [source, key, version]);
  useEffect(() => {
    previous.current = { key, cache };
    cache.need(0, 0);
  }, [cache, key]);
  const snapshot = useSyncExternalStore(cache.subscribe, cache.snapshot);
  return {
    ...snapshot,
    need: (first, last) => cache.need(first, last),
    retry: () => cache.retry(),
  };
}
