import sharp from 'sharp';
import type { Usage } from '../../models/types.ts';
import type { ImageSubject, Judge, Judgement, PromptSubject } from '../judge.ts';
import { Picture } from '../picture.ts';

/** For tests: a picture in one colour. */
export async function plainPicture(
  width: number,
  height: number,
  format: 'png' | 'jpeg' | 'webp' | 'gif' = 'png',
): Promise<Picture> {
  const image = sharp({ create: { width, height, channels: 3, background: '#3388cc' } });
  return new Picture(new Uint8Array(await image.toFormat(format).toBuffer()));
}

/** For tests: a call that nobody stops. */
export function someCall(usages: Usage[] = []) {
  return { signal: new AbortController().signal, report: (usage: Usage) => void usages.push(usage) };
}

/** For tests: has one prompt judged. */
export async function judgePrompt(
  judge: Judge<PromptSubject>,
  text: string,
  category = 'violence',
): Promise<Judgement | undefined> {
  return (await judge.judge([{ kind: 'prompt', text, category }], someCall()))[0];
}

/** For tests: has one image judged. */
export async function judgeImage(
  judge: Judge<ImageSubject>,
  picture: Picture,
  category = 'violence',
): Promise<Judgement | undefined> {
  return (await judge.judge([{ kind: 'image', picture, category }], someCall()))[0];
}
