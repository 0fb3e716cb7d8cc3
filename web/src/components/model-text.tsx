import { visibleText } from '../format/words.ts';

/**
 * Text that a model wrote: text alone, kept apart from the direction of writing around it, with what does
 * not show made visible.
 *
 * @param text - as the model wrote it
 * @param maximum - the most characters that are shown; a cut shows as `…`
 */
export function ModelText({ text, maximum }: { readonly text: string; readonly maximum?: number }) {
  const shown =
    maximum !== undefined && text.length > maximum ? `${text.slice(0, maximum).toWellFormed()}…` : text;
  return <bdi>{visibleText(shown)}</bdi>;
}
