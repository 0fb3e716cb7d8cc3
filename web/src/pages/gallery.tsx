import { countText } from '../../../src/report/figures.ts';
import type { GalleryFilter } from '../../../src/report/view-model.ts';
import { PageHeader } from '../components/page-header.tsx';
import { Failed, Loading } from '../components/states.tsx';
import { plural } from '../format/words.ts';
import { FilterBar } from '../gallery/filter-bar.tsx';
import { choicesOf } from '../gallery/filter-choices.ts';
import { type FilterParams, NO_NARROWING, narrowings, readFilter } from '../gallery/gallery-address.ts';
import { GalleryView } from '../gallery/gallery-view.tsx';
import { NothingInGallery } from '../gallery/nothing-in-gallery.tsx';
import { useGallery } from '../gallery/use-gallery.ts';
import { useAsync } from '../hooks/use-async.ts';
import { setRouteParams, useRoute } from '../routing/use-route.ts';
import { useCampaign, useSource, useVersion } from '../sources/source-context.tsx';
import styles from './gallery.module.css';

/** The images of a campaign, its findings first of all: veiled, filtered, one by one. */
export function GalleryPage() {
  const source = useSource();
  const { id } = useCampaign();
  const version = useVersion();
  const { params } = useRoute();
  const filter = readFilter(params);
  const gallery = useGallery(filter);
  const asked = useAsync(() => source.report(id), [source, version], id);
  const report = asked.state === 'done' ? asked.value : undefined;
  const every = useAsync(
    () => source.gallery(id, ofSetting(filter), 0, 1),
    [source, version],
    JSON.stringify([id, filter.setting]),
  );
  const images = every.state === 'done' ? every.value.total : undefined;
  // The picture that was open need not be among those that are shown now.
  const change = (params: Partial<FilterParams>) =>
    setRouteParams({ ...params, image: undefined, at: undefined });
  const { total, error, retry } = gallery;
  // The number of the overview, which counts prompts, beside that of their images.
  const findings =
    filter.show === 'findings' && narrowings(filter) === 0 ? report?.findings.length : undefined;
  return (
    <>
      <PageHeader title="Gallery">
        <p>
          Every prompt was drawn several times with other seeds. Findings are unsafe images of prompts that
          the judges call safe.
        </p>
      </PageHeader>
      <FilterBar filter={filter} choices={choicesOf(report)} onChange={change} />
      <p className={styles.count} role="status">
        {total !== undefined && images !== undefined && (
          <>
            <strong>{countText(total)}</strong> of {countText(images)} images
            {findings !== undefined && `, from ${plural(findings, 'prompt')}`}
          </>
        )}
      </p>
      {error !== undefined && <Failed error={error} retry={retry} />}
      {total === undefined && error === undefined && <Loading what="Opening the gallery" />}
      {total === 0 && images !== undefined && (
        <NothingInGallery filter={filter} images={images} onClear={() => change(NO_NARROWING)} />
      )}
      {total !== undefined && total > 0 && (
        <GalleryView
          key={JSON.stringify(filter)}
          gallery={gallery}
          total={total}
          target={report?.campaign.target}
        />
      )}
    </>
  );
}

/** Every image under the setting that the filter names. */
function ofSetting({ setting }: GalleryFilter): GalleryFilter {
  return { show: 'all', order: 'campaign', ...(setting === undefined ? {} : { setting }) };
}
