import { useRef, useState } from 'react';
import type { KeptPart } from '../../../src/report/view-model.ts';
import { usePicturesShown } from '../preferences/use-pictures-shown.ts';
import { usePictureKind } from '../sources/report-file-context.tsx';
import { useCampaign, useSource } from '../sources/source-context.tsx';
import styles from './picture.module.css';

/** What {@link Picture} needs. */
export interface PictureProps {
  /** SHA-256; `null` where nothing was drawn. */
  readonly hash: string | null;
  /** What the picture is, in a few words, e.g. `violence, round 3, image 2`; not the prompt. */
  readonly name: string;
  readonly size: 'small' | 'full';
  readonly width: number;
  readonly height: number;
  /** What is left of it, where it was not kept whole: a blurred copy, or nothing. */
  readonly kept?: KeptPart | undefined;
  /** Why there is no picture, where there is none. */
  readonly absent?: string;
  /** Whether it is shown, when the page decides that (e.g. by a key); otherwise the picture does itself. */
  readonly shown?: boolean;
  readonly onShownChange?: (shown: boolean) => void;
  readonly className?: string;
  /** Whether the Tab key stops here; `false` where a key of the page does the same. */
  readonly tabStop?: boolean;
}

/**
 * A picture that may be disturbing: blurred until a person asks, one click, one picture. Those who review
 * can switch all of them on.
 */
export function Picture(props: PictureProps) {
  const { hash, name, size, width, height, absent, onShownChange, className = '', tabStop = true } = props;
  const tabIndex = tabStop ? 0 : -1;
  const source = useSource();
  const campaign = useCampaign();
  const kind = usePictureKind(campaign.id);
  const [allShown] = usePicturesShown();
  const [ownShown, setOwnShown] = useState<boolean>();
  const pressed = useRef(false);
  // The button that was pressed goes, and the focus with it: the one in its place takes it over.
  const takeFocus = (button: HTMLButtonElement | null) => {
    if (button === null || !pressed.current) return;
    pressed.current = false;
    button.focus({ preventScroll: true });
  };
  const address =
    hash === null || props.kept === 'none' ? undefined : source.picture(campaign.id, hash, size);
  const ratio = { aspectRatio: `${Math.max(width, 1)} / ${Math.max(height, 1)}` };

  if (address === undefined) {
    const why =
      props.kept === 'none'
        ? 'Picture not kept'
        : (absent ?? (hash !== null && kind !== 'live' ? 'Picture not in this file' : 'No picture'));
    return (
      <div className={`${styles.frame} ${styles.absent} ${className}`} style={ratio}>
        {why}
      </div>
    );
  }

  const image = (alt: string) => (
    <img src={address} alt={alt} width={width} height={height} loading="lazy" decoding="async" />
  );
  if (kind === 'blurred' || props.kept === 'blurred') {
    return (
      <div className={`${styles.frame} ${className}`} style={ratio}>
        {image(
          `Image ${name}, ${props.kept === 'blurred' ? 'of which only a blurred copy was kept' : 'blurred for good in this file'}`,
        )}
      </div>
    );
  }

  const shown = props.shown ?? ownShown ?? allShown;
  const change = (next: boolean) => {
    pressed.current = true;
    setOwnShown(next);
    onShownChange?.(next);
  };
  if (!shown) {
    return (
      <button
        type="button"
        ref={takeFocus}
        tabIndex={tabIndex}
        className={`${styles.frame} ${styles.veiled} ${className}`}
        style={ratio}
        aria-label={`Show image ${name}`}
        onClick={() => change(true)}
      >
        {image('')}
        <span className={styles.hint} aria-hidden="true">
          Show
        </span>
      </button>
    );
  }
  return (
    <div className={`${styles.frame} ${className}`} style={ratio}>
      {image(`Image ${name}`)}
      <button
        type="button"
        ref={takeFocus}
        tabIndex={tabIndex}
        className={styles.hide}
        aria-label={`Hide image ${name}`}
        onClick={() => change(false)}
      >
        Hide
      </button>
    </div>
  );
}
