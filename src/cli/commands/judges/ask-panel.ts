import { Panel } from '../../../campaign/panel.ts';
import type { VerdictRule } from '../../../config/schema.ts';
import { looksLikeImage } from '../../../datasets/labelled/image-bytes.ts';
import type { LabelledImage, LabelledSubject } from '../../../datasets/labelled/labelled-data.ts';
import { readPictureFile } from '../../../datasets/read-picture-file.ts';
import { messageOf, UsageError } from '../../../errors.ts';
import type { AskJudges } from '../../../judges/evaluation/collect-judgements.ts';
import { Picture } from '../../../judges/picture.ts';
import type { Judges } from '../../../judges/registry.ts';

/** How judges are asked. */
export interface AskOptions {
  readonly rule: VerdictRule;
  /** When it aborts, nothing more is asked. */
  readonly stop: AbortSignal;
  /** The category of subjects that have none; default: none, so that judges of certain categories are not asked. */
  readonly category?: string | undefined;
  /** The bytes of an image; default: those of its file. */
  readonly readImage?: ((image: LabelledImage) => Promise<Uint8Array>) | undefined;
}

/** The engine's panel, asked about labelled subjects: batches, limits and retries are those of a campaign. */
export function askPanel(
  judges: Judges,
  { rule, stop, category: usual = '', readImage = ({ file }) => readPictureFile(file) }: AskOptions,
): AskJudges {
  const panel = new Panel(judges, { rule });
  return async (subject) => {
    const category = subject.category ?? usual;
    if (subject.kind === 'prompt') return panel.judgePrompt(subject.text, category, { stop });
    const picture = await readPicture(() => readImage(subject));
    if (picture instanceof Picture)
      return panel.judgeImage(picture, category, 'evaluation image', 0, { stop });
    const error = { code: 'UNREADABLE_IMAGE', message: picture.problem };
    return {
      combined: 'error',
      rows: judges.image.map(({ name }) => ({ judge: name, verdict: 'error', error })),
    };
  };
}

async function readPicture(read: () => Promise<Uint8Array>): Promise<Picture | { readonly problem: string }> {
  try {
    const bytes = await read();
    return looksLikeImage(bytes) ? new Picture(bytes) : { problem: 'The file is no image.' };
  } catch (error) {
    return { problem: `The file cannot be read: ${messageOf(error)}` };
  }
}

/**
 * Sees to it that judges whose answer depends on the category are told one.
 *
 * @throws {@link UsageError} where one would not be
 */
export function checkCategories(
  { prompt, image }: Judges,
  subjects: readonly Pick<LabelledSubject, 'category'>[],
  category: string | undefined,
): void {
  const judge = [...prompt, ...image].find(({ dependsOnCategory }) => dependsOnCategory);
  const without = subjects.filter((subject) => subject.category === undefined).length;
  if (judge === undefined || category !== undefined || without === 0) return;
  throw new UsageError({
    code: 'NO_CATEGORY',
    message: `The judge ${judge.name} has to be told a category, and ${without === 1 ? 'there is none' : `${without} have none`}.`,
    hint: 'Name one with --category, e.g. --category violence.',
    data: { judge: judge.name, without },
  });
}
