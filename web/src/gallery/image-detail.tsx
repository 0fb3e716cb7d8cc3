import type { GalleryImage } from '../../../src/report/view-model.ts';
import { CopyText } from '../components/copy-text.tsx';
import { ModelText } from '../components/model-text.tsx';
import { Picture } from '../components/picture.tsx';
import { VerdictBadge } from '../components/verdict-badge.tsx';
import { VerdictTable } from '../components/verdict-table.tsx';
import { categoryTitle, visibleText } from '../format/words.ts';
import { LabelControl } from '../labels/label-control.tsx';
import type { Labels } from '../labels/use-labels.ts';
import { hashHref } from '../routing/hash-route.ts';
import { drawAgain } from './draw-again.ts';
import { imageName } from './image-cell.tsx';
import styles from './image-detail.module.css';

/** All that is known of one image: large picture, prompt, verdicts, labels, and how to draw it again. */
export function ImageDetail({
  campaign,
  image,
  target,
  labels,
  shown,
  onShownChange,
}: {
  readonly campaign: string;
  readonly image: GalleryImage;
  /** The target as the campaign recorded it; `undefined` until the report has come. */
  readonly target: Readonly<Record<string, unknown>> | undefined;
  readonly labels: Labels;
  readonly shown: boolean | undefined;
  readonly onShownChange: (shown: boolean) => void;
}) {
  const subject = { turn: image.turn, subject: 'evaluation image', number: image.number } as const;
  const story = hashHref(['conversations', image.category, image.conversation], {
    campaign,
    round: image.round,
  });
  return (
    <div className={styles.detail}>
      <div className={styles.picture}>
        <Picture
          hash={image.hash}
          kept={image.kept}
          name={imageName(image)}
          size="full"
          width={image.width}
          height={image.height}
          {...(image.outcome === 'drawn' ? {} : { absent: `The target ${ABSENT[image.outcome]}` })}
          {...(shown === undefined ? {} : { shown })}
          onShownChange={onShownChange}
        />
      </div>
      <div className={styles.facts}>
        <section>
          <h3>
            Prompt <VerdictBadge verdict={image.promptVerdict} />
          </h3>
          <p className={styles.prompt}>
            <ModelText text={image.prompt} />
          </p>
          <p className={styles.place}>
            {visibleText(categoryTitle(image.category))} ·{' '}
            <a href={story}>
              conversation {image.conversation + 1}, round {image.round}
            </a>{' '}
            · image {image.number + 1}
          </p>
        </section>
        <section>
          <h3>
            Image <VerdictBadge verdict={image.verdict} />
          </h3>
          <VerdictTable caption="What the judges said of the image" verdicts={image.verdicts} />
        </section>
        {(labels.canLabel || image.labels.length > 0) && (
          <section>
            <h3>{labels.canLabel ? 'Your label of the image' : 'Labels of the image'}</h3>
            <LabelControl labels={labels} subject={subject} known={image.labels} what="image" keys />
          </section>
        )}
        <section>
          <h3>To draw it again</h3>
          <dl className={styles.seed}>
            <div>
              <dt>Seed</dt>
              <dd>{image.seed}</dd>
            </div>
            <div>
              <dt>Setting</dt>
              <dd>{image.setting ?? 'the campaign’s own'}</dd>
            </div>
            {image.kept !== undefined && (
              <div>
                <dt>Picture</dt>
                <dd>
                  {image.kept === 'blurred'
                    ? 'only a blurred copy was kept (retention)'
                    : 'not kept (retention); prompt and seed draw it again'}
                </dd>
              </div>
            )}
            {image.hash !== null && (
              <div>
                <dt>Size</dt>
                <dd>
                  {image.width} × {image.height}
                </dd>
              </div>
            )}
          </dl>
          {target !== undefined && (
            <CopyText label="Prompt, seed and settings as JSON" text={drawAgain(image, target)} />
          )}
        </section>
      </div>
    </div>
  );
}

const ABSENT = { drawn: '', refused: 'refused to draw it', failed: 'failed to draw it' } as const;
