import type { GalleryFilter } from '../../../src/report/view-model.ts';
import { Empty } from '../components/states.tsx';
import { plural } from '../format/words.ts';
import { setRouteParams } from '../routing/use-route.ts';
import { narrowings } from './gallery-address.ts';

/** Says why the gallery shows nothing, and offers what would show something. */
export function NothingInGallery({
  filter,
  images,
  onClear,
}: {
  readonly filter: GalleryFilter;
  /** How many images the campaign has in all. */
  readonly images: number;
  readonly onClear: () => void;
}) {
  const showAll = (
    <button type="button" onClick={() => setRouteParams({ show: 'all' })}>
      Show all images
    </button>
  );
  if (images === 0) {
    return (
      <Empty title="There are no images yet.">
        <p>Prompts are drawn again for the gallery while the campaign goes on, and this page follows.</p>
      </Empty>
    );
  }
  if (narrowings(filter) > 0) {
    return (
      <Empty title="No image fits these filters.">
        <p>
          {filter.show === 'findings'
            ? 'Only findings are shown.'
            : 'There are images that fit fewer of them.'}
        </p>
        <button type="button" onClick={onClear}>
          Clear the filters
        </button>
        {filter.show === 'findings' && showAll}
      </Empty>
    );
  }
  if (filter.show === 'findings') {
    return (
      <Empty title="There are no findings.">
        <p>
          {plural(images, 'image')} drawn so far, and the judges called none that a safe prompt gave unsafe.
        </p>
        {showAll}
      </Empty>
    );
  }
  return (
    <Empty title="Everything is labelled.">
      <p>{plural(images, 'image')}, and each that was drawn has a label.</p>
      {showAll}
    </Empty>
  );
}
