import { memo, useState } from 'react';
import type { GalleryImage, LabelSubject, ShownLabel, StoryTurn } from '../../../src/report/view-model.ts';
import { ModelText } from '../components/model-text.tsx';
import { Picture } from '../components/picture.tsx';
import { VerdictBadge } from '../components/verdict-badge.tsx';
import { VerdictTable } from '../components/verdict-table.tsx';
import { plural, visibleText } from '../format/words.ts';
import { imageName } from '../gallery/image-cell.tsx';
import { LabelControl, LabelList } from '../labels/label-control.tsx';
import { useLabels } from '../labels/use-labels.ts';
import { hashHref } from '../routing/hash-route.ts';
import { ChangedPrompt } from './changed-prompt.tsx';
import { PartTreeView } from './part-tree-view.tsx';
import { bySetting, turnKind } from './story-outline.ts';
import styles from './turn-story.module.css';

/** An instruction longer than this is folded. */
const LONG_INSTRUCTION = 420;

/** What a turn needs beside itself. */
export interface TurnStoryProps {
  readonly turn: StoryTurn;
  readonly campaign: string;
  readonly category: string;
  /** Of the conversation. */
  readonly number: number;
  /** The prompt of the turn before; `undefined` where nothing is to be marked. */
  readonly before: string | undefined;
  /** Whether the buttons for labels are shown. */
  readonly labelling: boolean;
}

/** One round: the instruction that led to the prompt, the prompt, the picture, and what the judges said. */
export const TurnStory = memo(function TurnStory(props: TurnStoryProps) {
  const { turn, campaign, category, number, before } = props;
  const kind = turnKind(turn);
  const here = hashHref(['conversations', category, number], { campaign, round: turn.round });
  const place = `${visibleText(category)}, conversation ${number + 1}, round ${turn.round}`;
  return (
    <article id={`round-${turn.round}`} className={styles.turn} data-kind={kind} tabIndex={-1}>
      <header className={styles.head}>
        <h2>
          <a href={here}>Round {turn.round}</a>
        </h2>
        {kind === 'finding' && <strong className={styles.finding}>Finding</strong>}
      </header>
      {turn.instruction !== null && <Instruction text={turn.instruction} />}
      {turn.tree !== null && <PartTreeView tree={turn.tree} />}
      <div className={styles.columns}>
        <div className={styles.text}>
          <p className={styles.prompt}>
            <ChangedPrompt before={before} prompt={turn.prompt} />
          </p>
          <Judged
            what="prompt"
            verdict={turn.promptVerdict}
            verdicts={turn.promptVerdicts}
            subject={{ turn: turn.id, subject: 'prompt', number: 0 }}
            known={turn.promptLabels}
            labelling={props.labelling}
          />
          <Evaluation turn={turn} campaign={campaign} />
        </div>
        {turn.outcome === 'drawn' ? (
          <div className={styles.image}>
            <Picture
              hash={turn.image?.hash ?? null}
              kept={turn.image?.kept}
              name={place}
              size="small"
              width={turn.image?.width ?? 1}
              height={turn.image?.height ?? 1}
            />
            <Judged
              what="image"
              verdict={turn.imageVerdict}
              verdicts={turn.imageVerdicts}
              subject={{ turn: turn.id, subject: 'turn image', number: 0 }}
              known={turn.imageLabels}
              labelling={props.labelling}
            />
          </div>
        ) : (
          <NotDrawn outcome={turn.outcome} reason={turn.reason} />
        )}
      </div>
    </article>
  );
});

function Instruction({ text }: { readonly text: string }) {
  const told = (
    <blockquote className={styles.instruction}>
      <ModelText text={text} />
    </blockquote>
  );
  if (text.length <= LONG_INSTRUCTION) {
    return (
      <div className={styles.guide}>
        <h3>The Guide’s instruction</h3>
        {told}
      </div>
    );
  }
  return (
    <details className={styles.guide}>
      <summary>
        <h3>The Guide’s instruction</h3>{' '}
        <span className={styles.excerpt}>
          <ModelText text={text} maximum={140} />
        </span>
      </summary>
      {told}
    </details>
  );
}

function NotDrawn({
  outcome,
  reason,
}: {
  readonly outcome: 'refused' | 'stopped';
  readonly reason: string | null;
}) {
  return (
    <div className={styles.notDrawn}>
      <p>
        <strong>{outcome === 'refused' ? 'The target refused.' : 'ART stopped this prompt.'}</strong>{' '}
        {outcome === 'stopped' && 'It did not reach the target.'}
      </p>
      {reason !== null && (
        <p>
          <ModelText text={reason} />
        </p>
      )}
    </div>
  );
}

/** The verdict of all judges, each judge's on request, and labels. */
function Judged({
  what,
  verdict,
  verdicts,
  subject,
  known,
  labelling,
}: {
  readonly what: 'prompt' | 'image';
  readonly verdict: StoryTurn['promptVerdict'];
  readonly verdicts: StoryTurn['promptVerdicts'];
  readonly subject: LabelSubject;
  readonly known: readonly ShownLabel[];
  readonly labelling: boolean;
}) {
  const labels = useLabels();
  return (
    <div className={styles.judged}>
      <details>
        <summary>
          {what === 'prompt' ? 'Prompt' : 'Image'} <VerdictBadge verdict={verdict} />{' '}
          <span className={styles.soft}>{plural(verdicts.length, 'judge')}</span>
        </summary>
        <VerdictTable caption={`What the judges said of the ${what}`} verdicts={verdicts} />
      </details>
      {labelling ? (
        <LabelControl labels={labels} subject={subject} known={known} what={what} />
      ) : (
        <LabelList labels={labels.labelsOf(subject, known)} />
      )}
    </div>
  );
}

/** The prompt's redraws; those of a sweep only when somebody asks for them. */
function Evaluation({ turn, campaign }: { readonly turn: StoryTurn; readonly campaign: string }) {
  const { own, swept } = bySetting(turn);
  if (turn.evaluation.length === 0) return null;
  const unsafe = own.filter(({ verdict }) => verdict === 'unsafe').length;
  return (
    <section className={styles.evaluation}>
      <h3>
        Drawn again {plural(own.length, 'time')}: {unsafe === 0 ? 'no' : unsafe} unsafe
      </h3>
      <Strip images={own} campaign={campaign} />
      {swept.map(({ setting, images }) => (
        <SweptStrip key={setting} setting={setting} images={images} campaign={campaign} />
      ))}
    </section>
  );
}

function SweptStrip({
  setting,
  images,
  campaign,
}: {
  readonly setting: string;
  readonly images: readonly GalleryImage[];
  readonly campaign: string;
}) {
  const [open, setOpen] = useState(false);
  const unsafe = images.filter(({ verdict }) => verdict === 'unsafe').length;
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        With {setting.replace('=', ' ')}: {unsafe === 0 ? 'no' : unsafe} unsafe of {images.length}
      </summary>
      {open && <Strip images={images} campaign={campaign} />}
    </details>
  );
}

function Strip({
  images,
  campaign,
}: {
  readonly images: readonly GalleryImage[];
  readonly campaign: string;
}) {
  return (
    <ul className={styles.strip}>
      {images.map((image) => (
        <li key={image.number}>
          <Picture
            hash={image.hash}
            kept={image.kept}
            name={imageName(image)}
            size="small"
            width={1}
            height={1}
            {...(image.outcome === 'drawn'
              ? {}
              : { absent: image.outcome === 'refused' ? 'Refused' : 'Failed' })}
          />
          <a href={galleryHref(image, campaign)}>
            <VerdictBadge verdict={image.verdict} />
            <span className="visually-hidden">: image {image.number + 1}, details</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The gallery, narrowed to this prompt's round, where the image stands with all that is known of it. */
function galleryHref({ category, round, prompt }: GalleryImage, campaign: string): string {
  const text = prompt.slice(0, 60).toWellFormed();
  return hashHref(['gallery'], { campaign, show: 'all', category, fromRound: round, toRound: round, text });
}
