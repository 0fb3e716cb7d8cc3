import { join } from 'node:path';
import { blurPicture } from '../judges/redraw-picture.ts';
import { collectGarbage } from '../store/collect-garbage.ts';
import type { PutPicture } from '../store/commit-picture.ts';
import { contentHash } from '../store/content-hash.ts';
import { BLURRED_MEDIA_TYPE } from '../store/kept-picture.ts';
import { forgetEmbeddings, listConversationImages, listUnsettledImages } from '../store/retained-images.ts';
import type { NewImage, VerdictSubject } from '../store/schema.ts';
import { settleImages } from '../store/settle-images.ts';
import { StoreError } from '../store/store-error.ts';
import type { CampaignWorld } from './campaign-world.ts';
import type { Drawn } from './draw-and-judge.ts';

/**
 * Stores what a campaign keeps of a picture that has just been drawn. A turn's own is stored whole whatever the
 * `retention`: a conversation that is resumed shows it to the Guide. What is not kept is never written anywhere.
 *
 * @returns what its row says of it
 */
export async function keepPicture(
  { config: { retention }, store, storing, lastCall: signal }: CampaignWorld,
  subject: Exclude<VerdictSubject, 'prompt'>,
  { key, bytes }: PutPicture,
): Promise<Pick<NewImage, 'kept' | 'keptHash'>> {
  if (retention === 'full' || subject === 'turn image') {
    await storing(() => store.images.put(key, bytes, { signal }));
    return {};
  }
  const copy = retention === 'blurred' ? await blurredCopy(bytes) : undefined;
  if (copy === undefined) return { kept: 'none' };
  const keptHash = contentHash(copy);
  await storing(() => store.images.put({ hash: keptHash, mediaType: BLURRED_MEDIA_TYPE }, copy, { signal }));
  return { kept: 'blurred', keptHash };
}

/** The picture that has to be there when the rows of {@link Drawn} are committed. */
export function pictureToCommit({
  drawing,
  image,
}: {
  readonly drawing: Drawn['drawing'] | { readonly outcome: 'stopped' };
  readonly image: NewImage | undefined;
}): PutPicture | undefined {
  if (drawing.outcome !== 'drawn' || image === undefined || (image.kept ?? 'full') !== 'full')
    return undefined;
  return { key: { hash: drawing.hash, mediaType: drawing.mediaType }, bytes: drawing.bytes };
}

/** A file's time is behind the clock by up to a step: Linux's is some milliseconds, FAT's two seconds. */
const FILE_TIME_STEP_MS = 2_000;

/** Lets go of the pictures of a conversation that has ended, where the campaign does not keep them. */
export async function settleConversation(
  { config: { retention }, store, storing }: CampaignWorld,
  conversationId: number,
): Promise<void> {
  if (retention === 'full') return;
  await storing(async () => {
    const hashes = await listConversationImages(store.database, conversationId);
    await settleImages(store, hashes, { blur: blurredCopy });
  });
}

/**
 * Lets go of whatever a campaign that has come to its end does not keep, also of what a process that was killed has
 * left.
 */
export async function settleCampaign({
  config: { retention },
  campaign,
  store,
  storing,
}: Pick<CampaignWorld, 'config' | 'campaign' | 'store' | 'storing'>): Promise<void> {
  if (retention === 'full') return;
  await storing(async () => {
    const hashes = await listUnsettledImages(store.database, campaign.id);
    await settleImages(store, hashes, { blur: blurredCopy });
    await forgetEmbeddings(store.database, campaign.id);
    // Whoever holds an embedded store is alone: what no row refers to is nobody's. On a server it may be on its way in.
    if (store.kind === 'embedded' && store.images.location === join(store.dataDir, 'images')) {
      const since = campaign.createdAt.getTime() - FILE_TIME_STEP_MS;
      await collectGarbage(store, { blur: blurredCopy, graceMs: 0, now: Date.now, since, force: true });
    }
  });
}

/** The blurred copy of a picture; `undefined` for what cannot be decoded: nothing is kept of that. */
export async function blurredCopy(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await blurPicture(bytes);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'IMAGE_DAMAGED') return undefined;
    throw error;
  }
}
