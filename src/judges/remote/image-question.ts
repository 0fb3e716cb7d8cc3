import type { ModelMessage } from 'ai';
import { messageOf } from '../../errors.ts';
import type { EncodedImage } from '../../models/types.ts';
import type { ImageSubject, Judgement } from '../judge.ts';
import { encodePicture, type PictureLimits, UnreadablePicture } from './encode-picture.ts';
import { errorJudgement, judgeEach } from './judge-each.ts';

/**
 * Judges images one after the other, each encoded as services take it; one that cannot be decoded gets
 * an `error` judgement.
 *
 * @throws as {@link judgeEach}
 */
export function judgeEachImage(
  subjects: readonly ImageSubject[],
  limits: PictureLimits,
  judge: (image: EncodedImage, subject: ImageSubject) => Promise<Judgement>,
): Promise<readonly Judgement[]> {
  return judgeEach(subjects, async (subject) => {
    const image = await encodePicture(subject.picture, limits).catch((error: unknown) => {
      if (error instanceof UnreadablePicture) return error;
      throw error;
    });
    if (image instanceof UnreadablePicture) {
      return errorJudgement(image.code, `${image.message} ${messageOf(image.cause)}`);
    }
    return judge(image, subject);
  });
}

/** A user's message that shows an image, with a text below it where there is one. */
export function imageMessage({ bytes, mediaType }: EncodedImage, text?: string): ModelMessage {
  return {
    role: 'user',
    content: [
      { type: 'file', data: bytes, mediaType },
      ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ],
  };
}
