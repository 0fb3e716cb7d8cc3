import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignRow, campaigns, type ImageRow, images } from '../store/schema.ts';
import { MOMENT } from '../store/store-fixtures.ts';
import { CampaignViews } from './campaign-views.ts';
import { parseGalleryQuery } from './gallery-query.ts';
import { openSmallStore, type SmallStore } from './server-fixtures.ts';
import { heldStore, type StoreAccess } from './store-access.ts';

let small: SmallStore;
beforeAll(async () => {
  small = await openSmallStore();
});
afterAll(() => small.remove());

describe('CampaignViews', () => {
  it('lists the campaigns; one that nobody runs any more is interrupted', async () => {
    const views = new CampaignViews(heldStore(small.store));
    expect((await views.campaigns()).map(({ id, status }) => [id, status])).toEqual([
      ['small', 'done'],
      ['begun', 'interrupted'],
    ]);
    const running = new CampaignViews(heldStore(small.store, 'begun'));
    expect((await running.progress('begun')).status).toBe('running');
    expect((await running.report('begun')).campaign.status).toBe('running');
  });

  it('says how far a campaign is', async () => {
    const views = new CampaignViews(heldStore(small.store));
    expect(await views.progress('small')).toMatchObject({
      campaign: 'small',
      status: 'done',
      conversations: { total: 2, done: 2, failed: 0 },
      turns: { total: 8, played: 8 },
      images: { total: 16, done: 16 },
    });
  });

  it('gives pages of the gallery that fit together', async () => {
    const views = new CampaignViews(heldStore(small.store));
    const page = (offset: number, limit: number) =>
      views.gallery('small', parseGalleryQuery({ show: 'all', offset: `${offset}`, limit: `${limit}` }));
    const whole = await page(0, 100);
    expect(whole.total).toBe(16);
    const parts = await Promise.all([page(0, 6), page(6, 6), page(12, 6), page(18, 6)]);
    expect(parts.flatMap(({ images }) => images)).toEqual(whole.images);
    expect(parts.map(({ offset }) => offset)).toEqual([0, 6, 12, 18]);
  });

  it('knows the pictures of the campaign and no others', async () => {
    const views = new CampaignViews(heldStore(small.store));
    const { images } = await views.gallery('small', parseGalleryQuery({ show: 'all' }));
    const hash = images[0]?.hash ?? '';
    expect(await views.picture('small', hash)).toEqual({
      key: { hash, mediaType: 'image/webp' },
      forGood: true,
    });
    expect(await views.picture('begun', hash)).toBeUndefined();
    expect(await views.picture('small', 'ab'.repeat(32))).toBeUndefined();
  });

  it('has the blurred copy of what was not kept, or nothing, and no browser is to keep it', async () => {
    const own = await openSmallStore();
    try {
      const { database } = own.store;
      const views = () => new CampaignViews(heldStore(own.store));
      const { images: shown } = await views().gallery('small', parseGalleryQuery({ show: 'all' }));
      const [first, second] = shown.flatMap(({ hash }) => hash ?? []);
      const copy = 'cd'.repeat(32);
      const config = { retention: 'blurred' };
      await database.update(campaigns).set({ config }).where(eq(campaigns.id, 'small'));
      const leave = (hash: string | undefined, kept: Partial<ImageRow>) =>
        database
          .update(images)
          .set(kept)
          .where(eq(images.hash, hash ?? ''));
      await leave(first, { kept: 'blurred', keptHash: copy });
      await leave(second, { kept: 'none' });
      expect(await views().picture('small', first ?? '')).toEqual({
        key: { hash: copy, mediaType: 'image/webp' },
        forGood: false,
      });
      expect(await views().picture('small', second ?? '')).toBeUndefined();
      const { images: now } = await views().gallery('small', parseGalleryQuery({ show: 'all' }));
      expect(
        now
          .map(({ kept }) => kept)
          .filter((kept) => kept !== undefined)
          .toSorted(),
      ).toEqual(expect.arrayContaining(['blurred', 'none']));
    } finally {
      await own.remove();
    }
  });

  it('says what is not there', async () => {
    const views = new CampaignViews(heldStore(small.store));
    await expect(views.report('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_CAMPAIGN' });
    await expect(views.picture('../small', 'ab'.repeat(32))).rejects.toMatchObject({
      code: 'UNKNOWN_CAMPAIGN',
    });
    await expect(views.conversation('small', 'hate', 7)).rejects.toMatchObject({
      code: 'UNKNOWN_CONVERSATION',
    });
    const nothing = { turn: 999_999, subject: 'prompt', number: 0, reviewer: 'Ada', label: 'safe' } as const;
    await expect(views.label('small', nothing, MOMENT)).rejects.toMatchObject({ code: 'UNKNOWN_SUBJECT' });
  });

  it('shows a label at once, in gallery, story, report, export and version', async () => {
    const views = new CampaignViews(heldStore(small.store));
    const { version } = await views.progress('small');
    const { images } = await views.gallery('small', parseGalleryQuery({ show: 'all' }));
    const [image] = images;
    if (image === undefined) throw new Error('no image');
    const given = {
      turn: image.turn,
      subject: 'evaluation image',
      number: image.number,
      reviewer: 'Ada',
    } as const;
    expect(await views.label('small', { ...given, label: 'unsafe' }, MOMENT)).toEqual([
      { reviewer: 'Ada', label: 'unsafe', at: MOMENT.toISOString() },
    ]);
    expect((await views.progress('small')).version).not.toBe(version);
    expect((await views.report('small')).review?.reviewers).toEqual([{ reviewer: 'Ada', labels: 1 }]);
    const story = await views.conversation('small', image.category, image.conversation);
    expect(story.story[image.round]?.evaluation[image.number]?.labels).toHaveLength(1);
    const unlabelled = await views.gallery('small', parseGalleryQuery({ show: 'unlabelled' }));
    expect(unlabelled.total).toBe(15);
    expect((await views.exportLabels('small', 'csv')).trim().split('\n')).toHaveLength(2);
    expect(await views.label('small', { ...given, label: null }, MOMENT)).toEqual([]);
    expect((await views.progress('small')).version).toBe(version);
    expect((await views.report('small')).review).toBeUndefined();
  });

  it('asks the store nothing while it is known not to have changed', async () => {
    let asked = 0;
    let changes = 0;
    const held = heldStore(small.store);
    const access: StoreAccess = {
      ...held,
      changes: () => changes,
      use: (work) => {
        asked++;
        return held.use(work);
      },
    };
    const views = new CampaignViews(access);
    await views.report('small');
    await views.gallery('small', parseGalleryQuery({}));
    const before = asked;
    await views.report('small');
    await views.gallery('small', parseGalleryQuery({ show: 'all' }));
    await views.progress('small');
    expect(asked).toBe(before);
    changes++;
    await views.gallery('small', parseGalleryQuery({}));
    // Where it stands, and the list; nothing has changed, so nothing is read again.
    expect(asked).toBe(before + 2);
  });

  it('reads a running campaign anew now and then, an ended one at once', async () => {
    let now = 0;
    let status: CampaignRow['status'] = 'running';
    const held = heldStore(small.store, 'small');
    const views = new CampaignViews({ ...held, statusOf: () => status }, () => now);
    const first = await views.progress('small');
    await views.report('small');
    await small.store.database.execute(sql`
      update art.conversations set status = 'failed' where campaign_id = 'small' and category = 'hate'`);
    now = 1_000;
    const soon = await views.progress('small');
    expect(soon.conversations.failed).toBe(1);
    expect(soon.version).toBe(first.version);
    expect((await views.report('small')).failures).toEqual([]);
    now = 3_000;
    const later = await views.progress('small');
    expect(later.version).not.toBe(first.version);
    expect((await views.report('small')).failures).toHaveLength(1);
    await small.store.database.execute(sql`
      update art.conversations set status = 'done' where campaign_id = 'small'`);
    status = 'done';
    expect((await views.progress('small')).version).toBe(first.version);
    expect((await views.report('small')).failures).toEqual([]);
  });
});
