import { useEffect, useRef, useState } from 'react';
import type { GalleryImage } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import { ModalDialog } from '../components/modal-dialog.tsx';
import { Empty, Loading } from '../components/states.tsx';
import { ShortcutHelp } from '../keyboard/shortcut-help.tsx';
import type { Shortcut } from '../keyboard/shortcuts.ts';
import { LABEL_KEYS } from '../labels/label-control.tsx';
import { useLabels } from '../labels/use-labels.ts';
import { usePicturesShown } from '../preferences/use-pictures-shown.ts';
import { setRouteParams, useRoute } from '../routing/use-route.ts';
import { useCampaign } from '../sources/source-context.tsx';
import styles from './gallery-view.module.css';
import { ImageCell } from './image-cell.tsx';
import { ImageDetail } from './image-detail.tsx';
import { type GridPosition, ImageGrid } from './image-grid.tsx';
import type { Gallery } from './use-gallery.ts';

/** The grid with its keys, and the image that is open. */
export function GalleryView({
  gallery,
  total,
  target,
}: {
  readonly gallery: Gallery;
  readonly total: number;
  readonly target: Readonly<Record<string, unknown>> | undefined;
}) {
  const { id: campaign } = useCampaign();
  const { params } = useRoute();
  const labels = useLabels();
  const [allShown] = usePicturesShown();
  const [shown, setShown] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [position, setPosition] = useState<GridPosition>({ place: 0, focus: 0 });
  const columns = useRef(1);

  const opened = params.get('image');
  const at = opened === null ? undefined : Math.min(Math.max(Number(params.get('at')) || 0, 0), total - 1);
  const place = at ?? Math.min(position.place, total - 1);
  const image = gallery.at(place);
  useEffect(() => {
    if (at !== undefined) gallery.need(at - 1, at + 1);
  });

  const open = (next: number, replace: boolean) => {
    const to = gallery.at(next);
    setPosition((known) => ({ ...known, place: next }));
    setRouteParams({ image: to === undefined ? 'next' : keyOf(to), at: next }, { replace });
  };
  const close = () => {
    setRouteParams({ image: undefined, at: undefined });
    // The grid goes to the image that was looked at last.
    setPosition((known) => ({ place, focus: known.focus + 1 }));
  };
  const move = (by: number) => {
    const next = Math.min(Math.max(place + by, 0), total - 1);
    if (at === undefined) setPosition((known) => ({ place: next, focus: known.focus + 1 }));
    else if (next !== at) open(next, true);
  };
  const isShown = (of: GalleryImage) => shown.get(keyOf(of));
  const show = (of: GalleryImage, to: boolean) => setShown((known) => new Map(known).set(keyOf(of), to));
  const subjectOf = (of: GalleryImage) =>
    ({ turn: of.turn, subject: 'evaluation image', number: of.number }) as const;
  const label = (given: ReviewLabel | null) => {
    if (image !== undefined && image.outcome === 'drawn') labels.put(subjectOf(image), given);
  };

  const toggle: Shortcut = {
    keys: ['v'],
    does: 'Show or veil the picture',
    run: () => image !== undefined && show(image, !(isShown(image) ?? allShown)),
  };
  const labelling: Shortcut[] = labels.canLabel
    ? [
        { keys: [LABEL_KEYS.safe], does: 'Label the image safe', run: () => label('safe') },
        { keys: [LABEL_KEYS.unsafe], does: 'Label it unsafe', run: () => label('unsafe') },
        { keys: [LABEL_KEYS.unsure], does: 'Label it unsure', run: () => label('unsure') },
        { keys: ['z'], does: 'Take your label back', run: () => label(null) },
      ]
    : [];
  const inGrid: Shortcut[] = [
    { keys: ['ArrowRight', 'j'], does: 'Next image', run: () => move(1) },
    { keys: ['ArrowLeft', 'k'], does: 'Image before', run: () => move(-1) },
    { keys: ['ArrowDown'], does: 'A row down', run: () => move(columns.current) },
    { keys: ['ArrowUp'], does: 'A row up', run: () => move(-columns.current) },
    { keys: ['Home'], does: 'First image', run: () => move(-total) },
    { keys: ['End'], does: 'Last image', run: () => move(total) },
    { keys: ['Enter'], does: 'Open the image', run: () => open(place, false) },
    toggle,
    { keys: ['/'], does: 'Search the prompts', run: () => document.getElementById('gallery-text')?.focus() },
  ];
  const inDialog: Shortcut[] = [
    { keys: ['ArrowRight', 'j'], does: 'Next image', run: () => move(1) },
    { keys: ['ArrowLeft', 'k'], does: 'Image before', run: () => move(-1) },
    toggle,
    ...labelling,
    { keys: ['Escape'], does: 'Close', run: close },
  ];
  const ownLabel = (of: GalleryImage) => labels.own(subjectOf(of), of.labels);

  return (
    <>
      <div className={styles.keys}>
        <ShortcutHelp shortcuts={[...inGrid, ...labelling]} active={at === undefined} />
      </div>
      <ImageGrid
        count={total}
        label="Images"
        position={position}
        onFocus={(index) =>
          setPosition((known) => (known.place === index ? known : { ...known, place: index }))
        }
        onRange={gallery.need}
        onColumns={(count) => {
          columns.current = count;
        }}
      >
        {(index) => {
          const of = gallery.at(index);
          return (
            <ImageCell
              image={of}
              label={of === undefined ? undefined : ownLabel(of)}
              shown={of === undefined ? undefined : isShown(of)}
              onShownChange={(to) => of !== undefined && show(of, to)}
              onOpen={() => open(index, false)}
            />
          );
        }}
      </ImageGrid>
      {at !== undefined && (
        <ModalDialog
          wide
          title={`Image ${(at + 1).toLocaleString('en')} of ${total.toLocaleString('en')}`}
          onClose={close}
          actions={
            <>
              <ShortcutHelp shortcuts={inDialog} />
              <button type="button" disabled={at === 0} onClick={() => move(-1)}>
                ← Before
              </button>
              <button type="button" disabled={at === total - 1} onClick={() => move(1)}>
                Next →
              </button>
            </>
          }
        >
          {image === undefined ? (
            <Loading />
          ) : opened !== 'next' && opened !== keyOf(image) ? (
            <Empty title="Another image stands in this place now.">
              <p>The campaign has gone on since this link was made.</p>
              <button type="button" onClick={() => open(at, true)}>
                Show the image that stands here now
              </button>
            </Empty>
          ) : (
            <ImageDetail
              key={keyOf(image)}
              campaign={campaign}
              image={image}
              target={target}
              labels={labels}
              shown={isShown(image)}
              onShownChange={(to) => show(image, to)}
            />
          )}
        </ModalDialog>
      )}
    </>
  );
}

function keyOf({ turn, number }: GalleryImage): string {
  return `${turn}-${number}`;
}
