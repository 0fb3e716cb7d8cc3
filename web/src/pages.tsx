import { useEffect, useRef } from 'react';
import { PageHeader } from './components/page-header.tsx';
import { ComparePage } from './pages/compare.tsx';
import { ConversationPage } from './pages/conversation.tsx';
import { ConversationsPage } from './pages/conversations.tsx';
import { GalleryPage } from './pages/gallery.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { ReviewPage } from './pages/review.tsx';
import { useRoute } from './routing/use-route.ts';

/** The page that the address names. */
export function Pages() {
  const { segments } = useRoute();
  const path = segments.join('/');
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    // As after loading a page anew: from the top, and a screen reader goes on from there.
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [path]);

  const [page = '', category, number] = segments;
  if (page === '') return <OverviewPage />;
  if (page === 'gallery') return <GalleryPage />;
  if (page === 'conversations' && category !== undefined && number !== undefined) {
    return <ConversationPage key={path} category={category} number={Number(number)} />;
  }
  if (page === 'conversations') return <ConversationsPage />;
  if (page === 'review') return <ReviewPage />;
  if (page === 'compare') return <ComparePage />;
  return (
    <>
      <PageHeader title="There is no such page." />
      <p>
        The link may be mistyped, or of another version of ART. <a href="#/">Go to the overview</a>
      </p>
    </>
  );
}
