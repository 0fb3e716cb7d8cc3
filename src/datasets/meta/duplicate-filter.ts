import type { MetaItem } from './meta-item.ts';
import { NearDuplicateTexts } from './min-hash.ts';
import { NearDuplicateImages } from './perceptual-hash.ts';

/** Says why an item is a duplicate of one before, and keeps those that are none. */
export class DuplicateFilter {
  readonly #texts = new Set<string>();
  readonly #images = new Set<string>();
  readonly #nearTexts: NearDuplicateTexts | undefined;
  readonly #nearImages: NearDuplicateImages | undefined;

  /** @param likeness from where on texts and pictures are near duplicates, as the options of a build say */
  constructor({
    textThreshold,
    imageDistance,
  }: { readonly textThreshold: number; readonly imageDistance: number }) {
    this.#nearTexts = textThreshold > 0 ? new NearDuplicateTexts(textThreshold) : undefined;
    this.#nearImages = imageDistance >= 0 ? new NearDuplicateImages(imageDistance) : undefined;
  }

  /**
   * @param look its picture's perceptual hash, where there is one
   * @returns why it is a duplicate; `undefined` for one that is kept
   */
  find({ id, prompt, image }: MetaItem, look: bigint | undefined): string | undefined {
    const text = prompt.toLowerCase();
    if (this.#texts.has(text)) return 'with a prompt that is there already';
    if (image !== null && this.#images.has(image)) return 'with a picture that is there already';
    if (this.#nearTexts?.find(prompt) !== undefined) return 'with a prompt that is nearly there already';
    if (look !== undefined && this.#nearImages?.find(look) !== undefined)
      return 'with a picture that looks like one that is there already';
    this.#texts.add(text);
    if (image !== null) this.#images.add(image);
    this.#nearTexts?.add(id, prompt);
    if (look !== undefined) this.#nearImages?.add(id, look);
    return undefined;
  }
}
