import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Picture } from '../picture.ts';
import type { EmbeddingCache } from '../runtime/embedding-cache.ts';
import { createEmbedder, type EmbedderParts } from './embedder.ts';

/** A picture that stands for a number; its pixels are never looked at here. */
function picture(number: number): Picture {
  return new Picture(new Uint8Array([number]));
}

/** The batches that went through the network. */
let batches: number[][];
beforeEach(() => {
  batches = [];
});

/** A network that gives (n, n + 1) for the picture n, and notes what it is asked. */
function embedder(parts: Partial<EmbedderParts> = {}) {
  return createEmbedder({
    revision: 'r1',
    dimension: 2,
    async preprocess({ bytes }) {
      if (bytes[0] === 13) throw new Error('not an image');
      return new Float32Array(bytes);
    },
    async forward(inputs) {
      batches.push(inputs.map(([number = -1]) => number));
      return inputs.map(([number = -1]) => new Float32Array([number, number + 1]));
    },
    ...parts,
  });
}

/** A cache in memory, with what it was asked for. */
function memoryCache(): EmbeddingCache & { readonly entries: Map<string, Float32Array> } {
  const entries = new Map<string, Float32Array>();
  return {
    entries,
    async read(revision, hashes) {
      const found = hashes.flatMap((hash) => {
        const vector = entries.get(`${revision} ${hash}`);
        return vector === undefined ? [] : [[hash, vector] as const];
      });
      return new Map(found);
    },
    async write(revision, embeddings) {
      for (const [hash, vector] of embeddings) entries.set(`${revision} ${hash}`, vector);
    },
  };
}

describe('createEmbedder', () => {
  it('gives the embeddings in the order of the pictures, of one picture twice as well', async () => {
    const embeddings = await embedder().embed([3, 1, 3].map(picture));
    expect(embeddings.map((embedding) => embedding instanceof Float32Array && [...embedding])).toEqual([
      [3, 4],
      [1, 2],
      [3, 4],
    ]);
    expect(batches).toEqual([[3, 1]]);
  });

  it('takes one forward pass for four who ask at once, and none for one who asks later', async () => {
    const shared = embedder();
    const ask = () => shared.embed([1, 2].map(picture));
    const answers = await Promise.all([ask(), ask(), ask(), ask()]);
    answers.push(await ask());
    expect(batches).toEqual([[1, 2]]);
    for (const answer of answers) expect(answer[0]).toBe(answers[0]?.[0]);
  });

  it('joins one who asks while the network is at the same picture', async () => {
    const { promise, resolve: letGo } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const shared = embedder({
      async forward(inputs) {
        batches.push(inputs.map(([number = -1]) => number));
        started.resolve();
        await promise;
        return inputs.map(() => new Float32Array(2));
      },
    });
    const first = shared.embed([picture(1)]);
    await started.promise;
    const second = shared.embed([picture(1)]);
    letGo();
    expect((await second)[0]).toBe((await first)[0]);
    expect(batches).toEqual([[1]]);
  });

  it('gathers single requests into batches of at most eight', async () => {
    const shared = embedder();
    await Promise.all(Array.from({ length: 11 }, (_, number) => shared.embed([picture(number + 20)])));
    expect(batches.map((batch) => batch.length)).toEqual([8, 3]);
  });

  it('makes an error of a picture that cannot be read, and embeds the others of its batch', async () => {
    const embeddings = await embedder().embed([12, 13, 14].map(picture));
    expect(embeddings[1]).toEqual(new Error('not an image'));
    expect(embeddings[2]).toEqual(new Float32Array([14, 15]));
    expect(batches).toEqual([[12, 14]]);
  });

  it('runs no network where no picture can be read', async () => {
    await embedder().embed([picture(13)]);
    expect(batches).toEqual([]);
  });

  it('throws what the network throws, at all who asked, and tries again when it is asked again', async () => {
    let broken = true;
    const shared = embedder({
      async forward(inputs) {
        if (broken) throw new Error('out of memory');
        return inputs.map(() => new Float32Array(2));
      },
    });
    const asked = await Promise.allSettled([shared.embed([picture(1)]), shared.embed([picture(1)])]);
    expect(asked).toMatchObject([{ reason: { message: 'out of memory' } }, { status: 'rejected' }]);
    broken = false;
    expect(await shared.embed([picture(1)])).toEqual([new Float32Array(2)]);
  });

  it('throws when the network leaves an image out', async () => {
    const shared = embedder({ forward: async () => [] });
    await expect(shared.embed([picture(1)])).rejects.toThrow('left an image out');
  });

  it('takes from the cache what it has, and gives it what is new', async () => {
    const cache = memoryCache();
    await embedder({ cache }).embed([1, 2].map(picture));
    const again = await embedder({ cache }).embed([2, 3].map(picture));
    expect(again).toEqual([new Float32Array([2, 3]), new Float32Array([3, 4])]);
    expect(batches).toEqual([[1, 2], [3]]);
    await embedder({ cache, revision: 'r2' }).embed([picture(1)]);
    expect(batches).toHaveLength(3);
    expect(cache.entries.size).toBe(4);
  });

  it('does not trust a cached embedding of another length', async () => {
    const cache = memoryCache();
    cache.entries.set(`r1 ${picture(1).hash}`, new Float32Array(3));
    expect(await embedder({ cache }).embed([picture(1)])).toEqual([new Float32Array([1, 2])]);
  });

  it('goes on without a cache that fails', async () => {
    const fail = async () => {
      throw new Error('the database is gone');
    };
    const embeddings = await embedder({ cache: { read: fail, write: fail } }).embed([picture(1)]);
    expect(embeddings).toEqual([new Float32Array([1, 2])]);
  });

  it('forgets what has not been asked for longest', async () => {
    const shared = embedder({ remembered: 2 });
    for (const number of [1, 2, 1, 3, 1, 2]) await shared.embed([picture(number)]);
    expect(batches).toEqual([[1], [2], [3], [2]]);
  });

  it('lets others have their turn between two pictures', async () => {
    let turns = 0;
    let done = false;
    const others = (async () => {
      for (; !done; turns++) await setImmediate();
    })();
    await embedder().embed([1, 2, 3, 4, 5, 6].map(picture));
    done = true;
    await others;
    expect(turns).toBeGreaterThanOrEqual(6);
  });
});
