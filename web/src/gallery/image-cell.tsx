import type { GalleryImage } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import { ModelText } from '../components/model-text.tsx';
import { Picture } from '../components/picture.tsx';
import { VerdictBadge } from '../components/verdict-badge.tsx';
import { categoryTitle, visibleText } from '../format/words.ts';
import styles from './image-cell.module.css';

/** So many judges are named in a cell. */
const JUDGES_NAMED = 2;
/** More of a prompt than a cell can show. */
const PROMPT_LENGTH = 240;

/** One image in the grid: the picture, where it comes from, who flagged it, the prompt. */
export function ImageCell({
  image,
  label,
  shown,
  onShownChange,
  onOpen,
}: {
  /** `undefined` while it is being loaded. */
  readonly image: GalleryImage | undefined;
  /** What the reviewer said of it. */
  readonly label: ReviewLabel | undefined;
  readonly shown: boolean | undefined;
  readonly onShownChange: (shown: boolean) => void;
  readonly onOpen: () => void;
}) {
  if (image === undefined) return <div className={styles.waiting}>Loading …</div>;
  const flags = image.verdicts.filter(({ verdict }) => verdict === 'unsafe');
  return (
    <article className={styles.cell}>
      <Picture
        hash={image.hash}
        kept={image.kept}
        name={imageName(image)}
        size="small"
        width={1}
        height={1}
        className={styles.picture ?? ''}
        {...(image.outcome === 'drawn' ? {} : { absent: image.outcome === 'refused' ? 'Refused' : 'Failed' })}
        {...(shown === undefined ? {} : { shown })}
        onShownChange={onShownChange}
        // The key V shows it from the button below: one stop of the Tab key for each image.
        tabStop={false}
      />
      <p className={styles.place}>
        <span>{visibleText(categoryTitle(image.category))}</span> round {image.round}
        {image.setting !== null && <> · {image.setting.replace('=', ' ')}</>}
      </p>
      <button type="button" className={styles.open} data-open onClick={onOpen}>
        <span className="visually-hidden">Open: </span>
        <ModelText text={image.prompt} maximum={PROMPT_LENGTH} />
      </button>
      <p className={styles.badges}>
        {label !== undefined && <VerdictBadge verdict={label}>{`you: ${label}`}</VerdictBadge>}
        {flags.length === 0 && <VerdictBadge verdict={image.verdict} />}
        {flags.slice(0, JUDGES_NAMED).map(({ judge }) => (
          <VerdictBadge key={judge} verdict="unsafe">
            {visibleText(judge)}
          </VerdictBadge>
        ))}
        {flags.length > JUDGES_NAMED && <span>+{flags.length - JUDGES_NAMED}</span>}
      </p>
    </article>
  );
}

/** Says which image it is, without its prompt: the name of a veiled picture. */
export function imageName({ category, conversation, round, number }: GalleryImage): string {
  return `${visibleText(category)}, conversation ${conversation + 1}, round ${round}, image ${number + 1}`;
}
