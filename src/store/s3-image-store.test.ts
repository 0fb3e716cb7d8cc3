import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3Fault, scriptedS3Faults, seededS3Faults } from '../../test/servers/s3-faults.ts';
import { type RunningS3Server, startS3Server } from '../../test/servers/s3-server.ts';
import { contentHash } from './content-hash.ts';
import type { ImageStore, StoredFile } from './image-store.ts';
import { S3ImageStore, type S3Patience } from './s3-image-store.ts';
import { parseS3Url } from './s3-location.ts';
import { connectS3, findS3Sdk } from './s3-objects.ts';

/** No waiting: what is tested is that it tries again, not how long it rests. */
const QUICK: Partial<S3Patience> = { firstDelayMs: 1, longestDelayMs: 2, doubtMs: 200 };

let server: RunningS3Server;
beforeEach(async () => {
  server = await startS3Server({ pageSize: 3 });
  for (const [name, value] of Object.entries(server.env)) process.env[name] = value;
});
afterEach(async () => {
  await server.close();
  for (const name of Object.keys(server.env)) delete process.env[name];
});

function storeAt(url: string, patience: Partial<S3Patience> = QUICK): ImageStore {
  const location = parseS3Url(url, {});
  return new S3ImageStore(location, () => connectS3(findS3Sdk(), location), patience);
}
function keyOf(bytes: Uint8Array, mediaType = 'image/png') {
  return { hash: contentHash(bytes), mediaType };
}
function picture(number: number): Buffer {
  return Buffer.from(`picture ${number} `.repeat(2_000));
}
async function listed(store: ImageStore): Promise<StoredFile[]> {
  return await Array.fromAsync(store.list());
}

describe('S3ImageStore', () => {
  it('gives back what was put in, each content once, below its prefix', async () => {
    const store = storeAt(server.imagesUrl('red/team'));
    const bytes = picture(1);
    const key = keyOf(bytes, 'image/webp');
    await store.put(key, bytes);
    await store.put(key, bytes);
    expect(Buffer.from(await store.get(key))).toEqual(bytes);
    expect([...server.objects.keys()]).toEqual([`red/team/${key.hash.slice(0, 2)}/${key.hash}.webp`]);
    expect(server.objects.values().next().value?.mediaType).toBe('image/webp');
    expect(store.locate(key)).toBe(`s3://art/red/team/${key.hash.slice(0, 2)}/${key.hash}.webp`);
    expect(store.pathInReports(key)).toBe(store.locate(key));
  });

  it('uploads what seems to be there: its last-modified is what it was written at', async () => {
    const store = storeAt(server.imagesUrl());
    await store.put(keyOf(picture(1)), picture(1));
    const before = server.requests.length;
    await store.put(keyOf(picture(1)), picture(1));
    expect(server.requests.slice(before).map(({ method }) => method)).toEqual(['PUT']);
  });

  it('lists all pages, and nothing that is not ours', async () => {
    const store = storeAt(server.imagesUrl());
    const keys = Array.from({ length: 8 }, (_, number) => keyOf(picture(number)));
    for (const [number, key] of keys.entries()) await store.put(key, picture(number));
    server.objects.set('images/notes.txt', {
      bytes: Buffer.from('x'),
      mediaType: '',
      modifiedAt: new Date(),
    });
    server.objects.set('elsewhere/x.png', { bytes: Buffer.from('x'), mediaType: '', modifiedAt: new Date() });
    const files = await listed(store);
    expect(files.map(({ image }) => image?.hash).sort()).toEqual(keys.map(({ hash }) => hash).sort());
    expect(files[0]).toMatchObject({ byteLength: picture(0).length, modifiedAt: expect.any(Date) });
    expect(server.requests.filter(({ key }) => key === '')).toHaveLength(3);
  });

  it('deletes for good, also what is not there', async () => {
    const store = storeAt(server.imagesUrl());
    const key = keyOf(picture(1));
    await store.put(key, picture(1));
    await store.delete(key);
    await store.delete(key);
    expect(server.objects.size).toBe(0);
    await expect(store.get(key)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      data: { path: store.locate(key) },
    });
  });

  it.each<S3Fault>(['internal error', 'slow down', 'reset', 'unheard', 'cut upload'])(
    'stores the picture whole where the upload fails: %s',
    async (fault) => {
      const store = storeAt(server.imagesUrl());
      server.setFaults(scriptedS3Faults([fault, fault, fault]));
      const bytes = Buffer.alloc(3_000_000, 7);
      await store.put(keyOf(bytes), bytes);
      expect(server.objects.values().next().value?.bytes.equals(bytes)).toBe(true);
      expect(server.requests).toHaveLength(4);
    },
  );

  it.each<S3Fault>(['internal error', 'slow down', 'reset', 'cut download', 'damaged download', 'not found'])(
    'reads the picture whole where the download fails: %s',
    async (fault) => {
      const store = storeAt(server.imagesUrl());
      const bytes = Buffer.alloc(1_000_000, 7);
      await store.put(keyOf(bytes), bytes);
      server.setFaults(scriptedS3Faults([fault, fault, fault]));
      expect(Buffer.from(await store.get(keyOf(bytes))).equals(bytes)).toBe(true);
    },
  );

  it('gives up a connection that says nothing, and tries again', async () => {
    const store = storeAt(server.imagesUrl(), { ...QUICK, attemptMs: 100 });
    await store.put(keyOf(picture(1)), picture(1));
    server.setFaults(scriptedS3Faults(['stall']));
    expect(Buffer.from(await store.get(keyOf(picture(1))))).toEqual(picture(1));
  });

  it.each([1, 2, 3])('loses nothing where a fifth of all requests fail, seed %i', async (seed) => {
    server.setFaults(seededS3Faults({ seed, rate: 0.2 }));
    const store = storeAt(server.imagesUrl());
    const pictures = Array.from({ length: 40 }, (_, number) => picture(number));
    await Promise.all(pictures.map((bytes) => store.put(keyOf(bytes), bytes)));
    await Promise.all(
      pictures.map(async (bytes) => expect(Buffer.from(await store.get(keyOf(bytes)))).toEqual(bytes)),
    );
    expect(new Set((await listed(store)).map(({ image }) => image?.hash)).size).toBe(40);
    expect(server.requests.filter(({ fault }) => fault !== undefined).length).toBeGreaterThan(10);
  });

  it('says IMAGE_DAMAGED for what is not what was stored', async () => {
    const store = storeAt(server.imagesUrl(), { ...QUICK, doubtMs: 10 });
    const key = keyOf(picture(1));
    await store.put(key, picture(1));
    const [name = ''] = server.objects.keys();
    server.objects.set(name, { bytes: picture(2), mediaType: 'image/png', modifiedAt: new Date() });
    await expect(store.get(key)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
  });

  it('gives up in the end, and says where', async () => {
    const store = storeAt(server.imagesUrl(), { ...QUICK, unknownMs: 5 });
    server.setFaults(() => 'slow down');
    await expect(store.put(keyOf(picture(1)), picture(1))).rejects.toMatchObject({
      code: 'IMAGES_UNREACHABLE',
      message: expect.stringMatching(/s3:\/\/art\/images\/.*could not be stored: .*503/),
    });
  });

  it('ends at a signal', async () => {
    const store = storeAt(server.imagesUrl(), {
      firstDelayMs: 60_000,
      longestDelayMs: 60_000,
      unknownMs: 1e9,
    });
    server.setFaults(() => 'slow down');
    const stop = new AbortController();
    const waiting = store.get(keyOf(picture(1)), { signal: stop.signal });
    waiting.catch(() => undefined);
    await expect.poll(() => server.requests.length).toBe(1);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it.each([
    ['another bucket', (url: string) => url.replace('s3://art/', 's3://other/')],
    ['another region', (url: string) => url.replace('us-east-1', 'eu-west-1')],
  ])('says at once what no patience helps against: %s', async (_what, change) => {
    const store = storeAt(change(server.imagesUrl()));
    await expect(store.put(keyOf(picture(1)), picture(1))).rejects.toMatchObject({
      code: 'IMAGES_REFUSED',
      hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('never repeats a key in what it says', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'another-secret-that-is-wrong';
    const store = storeAt(server.imagesUrl());
    const failed = await store.put(keyOf(picture(1)), picture(1)).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'IMAGES_REFUSED',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
    expect(String(failed)).not.toMatch(/art-test-key|another-secret/);
  });

  it.each(['', '../../../etc/passwd', 'AB'.repeat(32)])(
    'takes nothing for a hash that is none: %j',
    async (hash) => {
      const store = storeAt(server.imagesUrl());
      await expect(store.put({ hash, mediaType: 'image/png' }, new Uint8Array(1))).rejects.toThrow(
        RangeError,
      );
      await expect(store.get({ hash, mediaType: 'image/png' })).rejects.toThrow(RangeError);
      await expect(store.delete({ hash, mediaType: 'image/png' })).rejects.toThrow(RangeError);
      expect(server.requests).toEqual([]);
    },
  );
});
