import { Fragment, useMemo } from 'react';
import { ModelText } from '../components/model-text.tsx';
import { visibleText } from '../format/words.ts';
import styles from './changed-prompt.module.css';
import { diffWords } from './word-diff.ts';

/** Below this share of common words, marks would be confetti: the prompt is then called written anew. */
const SHARED_ENOUGH = 0.25;

/**
 * A prompt with the words marked that were put in and taken out since the one before: underlined and struck
 * through, and said to screen readers.
 *
 * @param before - the previous prompt; `undefined` for the first, or to mark nothing
 */
export function ChangedPrompt({
  before,
  prompt,
}: {
  readonly before: string | undefined;
  readonly prompt: string;
}) {
  const diff = useMemo(
    () => (before === undefined ? undefined : diffWords(before, prompt)),
    [before, prompt],
  );
  if (diff === undefined) return <ModelText text={prompt} />;
  if (diff.shared < SHARED_ENOUGH) {
    return (
      <>
        <ModelText text={prompt} /> <span className={styles.note}>Written anew.</span>
      </>
    );
  }
  if (diff.parts.every(({ kind }) => kind === 'same')) {
    return (
      <>
        <ModelText text={prompt} /> <span className={styles.note}>The same words as before.</span>
      </>
    );
  }
  return (
    <bdi>
      {placed(diff.parts).map(({ kind, text, place }) => {
        if (kind === 'same') return <span key={place}>{visibleText(text)}</span>;
        const Mark = kind === 'added' ? 'ins' : 'del';
        return (
          <Fragment key={place}>
            <Mark className={styles[kind]}>
              <span className="visually-hidden">{kind === 'added' ? ' [added: ' : ' [removed: '}</span>
              <bdi>{visibleText(text.trimEnd())}</bdi>
              <span className="visually-hidden">] </span>
            </Mark>
            {spaceAfter(kind, text)}
          </Fragment>
        );
      })}
    </bdi>
  );
}

/** Parts with their places: they are the same ones as long as the two prompts are. */
function placed<Part extends object>(parts: readonly Part[]) {
  return parts.map((part, place) => ({ ...part, place }));
}

/** The space that followed the words; after removed ones at the end of a prompt, one that sets them apart. */
function spaceAfter(kind: 'added' | 'removed', text: string): string {
  const space = text.slice(text.trimEnd().length);
  return kind === 'removed' && space === '' ? ' ' : space;
}
