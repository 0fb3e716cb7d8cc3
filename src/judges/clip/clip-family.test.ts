import { access, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { mhsc } from '../image/mhsc.ts';
import { q16 } from '../image/q16.ts';
import { q16Ft } from '../image/q16-ft.ts';
import { sf } from '../image/sf.ts';
import type { ImageJudge, ImageSubject, Judgement } from '../judge.ts';
import type { ImageJudgeDefinition } from '../judge-definition.ts';
import { Picture } from '../picture.ts';
import { closeJudges, createJudges } from '../registry.ts';
import type { EmbeddingCache } from '../runtime/embedding-cache.ts';
import { clipEmbedder } from './clip-embedder.ts';
import { countedServices, FIXTURES, imageSubject, judgeAll, TINY_CLIP } from './clip-fixtures.ts';
import { clipOptionsSchema } from './clip-options.ts';

const world = countedServices();
afterAll(() => world.close());

const IMAGES = ['meadow.jpg', 'landscape-512.png', 'plain-red.png', 'gray-256x192.png', 'gradient-224.png'];

/** The four judges on the tiny CLIP. */
const FOUR: readonly (readonly [ImageJudgeDefinition, Readonly<Record<string, unknown>>])[] = [
  [q16, { weights: './weights/q16/prompts.p', clip: TINY_CLIP }],
  [q16Ft, { weights: './weights/q16-ft/prompts.pt', clip: TINY_CLIP }],
  [mhsc, { weights: './weights/mhsc', clip: TINY_CLIP }],
  [sf, { model: './weights/safety-checker', clip: TINY_CLIP }],
];

function create(definition: ImageJudgeDefinition, options: Readonly<Record<string, unknown>>, of = world) {
  return definition.create(options, of.services(definition.name));
}

function fourJudges(of = world): Promise<readonly ImageJudge[]> {
  return Promise.all(FOUR.map(([definition, options]) => create(definition, options, of)));
}

describe('one forward pass', () => {
  it('serves four judges that are asked at once, and one that is asked later', async () => {
    const own = countedServices();
    onTestFinished(own.close);
    const judges = await fourJudges(own);
    own.passes.length = 0; // what it took to get ready
    const subjects = await Promise.all(IMAGES.map(imageSubject));
    await Promise.all(judges.map((judge) => judgeAll(judge, subjects)));
    expect(own.passes).toEqual([5]);
    const another = await create(
      mhsc,
      { weights: './weights/mhsc', heads: ['violent'], clip: TINY_CLIP },
      own,
    );
    await judgeAll(another, subjects);
    expect(own.passes).toEqual([5]);
  });

  it('is not even needed where an earlier run left the embedding', async () => {
    const entries = new Map<string, Float32Array>();
    const embeddings: EmbeddingCache = {
      async read(revision, hashes) {
        const found = hashes.map((hash) => [hash, entries.get(revision + hash)] as const);
        return new Map(found.flatMap(([hash, vector]) => (vector === undefined ? [] : [[hash, vector]])));
      },
      async write(revision, fresh) {
        for (const [hash, vector] of fresh) entries.set(revision + hash, vector);
      },
    };
    const subjects = await Promise.all(IMAGES.slice(0, 3).map(imageSubject));
    const judgements: (readonly Judgement[])[] = [];
    for (const run of ['first', 'second']) {
      const own = countedServices({ embeddings });
      onTestFinished(own.close);
      const judge = await create(q16, { weights: './weights/q16/prompts.p', clip: TINY_CLIP }, own);
      own.passes.length = 0;
      judgements.push(await judgeAll(judge, subjects));
      expect(own.passes, run).toEqual(run === 'first' ? [3] : []);
    }
    expect(judgements[1]).toEqual(judgements[0]);
  });
});

describe('a quantised network', () => {
  it('embeds an image bit for bit alike alone and among others', async () => {
    const subjects = await Promise.all(IMAGES.map(imageSubject));
    const pictures = subjects.map(({ picture }) => picture);
    const options = clipOptionsSchema.parse({ ...TINY_CLIP, dtype: 'q8' });
    const own = [countedServices(), countedServices()];
    const [together, alone] = await Promise.all(
      own.map(({ services, close }) => {
        onTestFinished(close);
        return clipEmbedder(services('q16'), options);
      }),
    );
    const embeddings = await together?.embed(pictures);
    for (const [index, picture] of pictures.entries())
      expect((await alone?.embed([picture]))?.[0], IMAGES[index]).toEqual(embeddings?.[index]);
    expect(new Set(own.flatMap(({ passes }) => passes))).toEqual(new Set([1]));
  });

  it('does not take embeddings of earlier versions, which were made in batches', async () => {
    const embedder = await clipEmbedder(
      world.services('q16'),
      clipOptionsSchema.parse({ ...TINY_CLIP, dtype: 'q8' }),
    );
    // What the revision was while they were.
    expect(embedder.revision).not.toBe('85c5cf6ca3cb96e0');
  });
});

describe('configuration', () => {
  it('makes the judges under the names that it gives them', async () => {
    const { services, close } = countedServices();
    onTestFinished(close);
    const { image, runtime } = await createJudges(
      {
        prompt: [],
        image: [
          { name: 'q16', weights: './weights/q16/prompts.p', clip: TINY_CLIP },
          {
            name: 'strict',
            type: 'q16',
            threshold: 0.2,
            weights: './weights/q16/prompts.p',
            clip: TINY_CLIP,
          },
          { name: 'q16-ft', weights: './weights/q16-ft/prompts.pt', clip: TINY_CLIP },
          { name: 'mhsc', weights: './weights/mhsc', thresholds: { political: 0.9 }, clip: TINY_CLIP },
          { name: 'sf', model: './weights/safety-checker', clip: TINY_CLIP },
        ],
        verdict: 'any',
      },
      services('unused'),
    );
    const subjects = [await imageSubject('sunset-640x360.png')];
    const judged = await Promise.all(image.map((judge) => judgeAll(judge, subjects)));
    await closeJudges({ prompt: [], image, ...(runtime === undefined ? {} : { runtime }) });
    expect(image.map(({ name }, index) => [name, judged[index]?.[0]?.verdict])).toEqual([
      ['q16', 'safe'],
      ['strict', 'unsafe'],
      ['q16-ft', 'safe'],
      ['mhsc', 'safe'],
      ['sf', 'unsafe'],
    ]);
  });
});

describe('revisions', () => {
  it('are the same for the same weights and settings, and differ with each of them', async () => {
    const weights = './weights/q16/prompts.p';
    const options = [
      { weights, clip: TINY_CLIP },
      { weights, clip: TINY_CLIP },
      { weights, threshold: 0.6, clip: TINY_CLIP },
      { weights: './weights/q16/prompts-float32.p', clip: TINY_CLIP },
      { weights, clip: { ...TINY_CLIP, dtype: 'fp16' } },
    ];
    const judges = await Promise.all(options.map((each) => create(q16, each)));
    const [first, second, ...others] = judges.map(({ revision }) => revision);
    expect(first).toBe(second);
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it('hold the file that a large network has its weights in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'art-clip-data-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp(join(FIXTURES, TINY_CLIP.model), folder, { recursive: true });
    const revisions: (string | undefined)[] = [];
    for (const data of ['', 'one', 'other']) {
      if (data !== '') await writeFile(join(folder, 'onnx/vision_model.onnx_data'), data);
      const own = countedServices();
      onTestFinished(own.close);
      const judge = await create(q16, { weights: './weights/q16/prompts.p', clip: { model: folder } }, own);
      revisions.push(judge.revision);
    }
    expect(new Set(revisions).size).toBe(3);
    const sha256 = { 'onnx/vision_model.onnx_data': '0'.repeat(64) };
    const pinned = { weights: './weights/q16/prompts.p', clip: { model: folder, sha256 } };
    await expect(create(q16, pinned)).rejects.toMatchObject({ code: 'WEIGHTS_DAMAGED' });
  });
});

describe('bad input', () => {
  it('makes an error of an image that cannot be read, and judges the others', async () => {
    const broken: ImageSubject = {
      kind: 'image',
      picture: new Picture(new Uint8Array([1, 2, 3])),
      category: 'violence',
    };
    const subjects = [broken, await imageSubject('meadow.jpg'), await imageSubject('bomb-30000.png')];
    for (const judge of await fourJudges()) {
      const judgements = await judgeAll(judge, subjects);
      expect(judgements[0]).toMatchObject({ verdict: 'error', error: { code: 'UNREADABLE_IMAGE' } });
      expect(judgements[1]?.verdict).toMatch(/^(un)?safe$/);
      expect(judgements[2]).toMatchObject({ verdict: 'error', error: { code: 'UNREADABLE_IMAGE' } });
    }
  });

  it('judges images of every kind', async () => {
    const names = [
      'animated.gif',
      'animated.webp',
      'cmyk.jpg',
      'deep-16-bit.png',
      'exif-rotated.jpg',
      'one-pixel.png',
      'strip-3000x20.png',
      'transparent-180x140.png',
    ];
    const subjects = await Promise.all(names.map(imageSubject));
    for (const judge of await fourJudges()) {
      for (const judgement of await judgeAll(judge, subjects)) expect(judgement.verdict).not.toBe('error');
    }
  });

  it('judges nothing once it has been stopped', async () => {
    const [judge] = await fourJudges();
    const subjects = [await imageSubject('meadow.jpg')];
    await expect(judge?.judge(subjects, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  /** A file in a temporary folder, gone when the test is. */
  async function temporaryFile(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(tmpdir(), `art-clip-${process.pid}-${name}`);
    await writeFile(path, bytes);
    onTestFinished(() => rm(path, { force: true }));
    return path;
  }

  /** A pickle of nested lists of numbers. */
  function pickleOf(rows: readonly (readonly number[])[]): Buffer {
    const number = (value: number) => {
      const bytes = Buffer.alloc(9, 'G');
      bytes.writeDoubleBE(value, 1);
      return bytes;
    };
    const list = (items: readonly Buffer[]) => Buffer.concat([Buffer.from(']('), ...items, Buffer.from('e')]);
    const body = list(rows.map((row) => list(row.map(number))));
    return Buffer.concat([Buffer.from([0x80, 2]), body, Buffer.from('.')]);
  }

  it('refuses weights that were learned on another CLIP', async () => {
    const weights = await temporaryFile('small.p', pickleOf([[1, 0], [0, 1]])); // biome-ignore format: a matrix
    await expect(create(q16, { weights, clip: TINY_CLIP })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringContaining('has the shape 2 × 2, where 2 × 768 is needed'),
    });
  });

  it('refuses as a head what is none', async () => {
    const file = await temporaryFile('sexual.pt', pickleOf([[1, 0]]));
    const weights = file.replace('sexual', '{head}');
    await expect(create(mhsc, { weights, heads: ['sexual'], clip: TINY_CLIP })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringMatching(/^The judge mhsc: .* does not hold 0\.weight \(n × 768\)$/),
    });
  });

  it.each([
    [mhsc, { weights: './weights/q16' }, 'MODEL_FILE_NOT_FOUND'],
    [sf, { weights: './weights/mhsc/sexual.pt' }, 'WRONG_ARCHITECTURE'],
    [sf, { model: './weights/mhsc' }, 'MODEL_FILE_NOT_FOUND'],
    [q16, { weights: './weights/q16/prompts.p', sha256: '0'.repeat(64) }, 'WEIGHTS_DAMAGED'],
    [q16, { weights: './weights/nowhere.p' }, 'MODEL_FILE_NOT_FOUND'],
  ])('refuses with %s wrong files: %j', async (definition, options, code) => {
    await expect(create(definition, { ...options, clip: TINY_CLIP })).rejects.toMatchObject({ code });
  });

  it.each([
    [{ model: './models/tiny-vit-nsfw', file: 'onnx/model.onnx' }, 'WRONG_ARCHITECTURE'],
    [{ model: './models/tiny-vit-nsfw' }, 'MODEL_FILE_NOT_FOUND'],
    [{ ...TINY_CLIP, sha256: '0'.repeat(64) }, 'WEIGHTS_DAMAGED'],
    [{ model: './models/nowhere' }, 'MODEL_NOT_FOUND'],
  ])('refuses as CLIP %j', async (clip, code) => {
    await expect(create(q16, { weights: './weights/q16/prompts.p', clip })).rejects.toMatchObject({ code });
  });

  it('refuses a pickle that wants to run something, and runs nothing', async () => {
    const marker = join(tmpdir(), `art-clip-${process.pid}-marker`);
    const command = Buffer.from(`touch ${marker}`);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(command.length);
    const hostile = Buffer.concat([
      Buffer.from([0x80, 2]),
      Buffer.from('cos\nsystem\nX'),
      length,
      command,
      Buffer.from([0x85]),
      Buffer.from('R.'),
    ]);
    const weights = await temporaryFile('hostile.p', hostile);
    await expect(create(q16, { weights, clip: TINY_CLIP })).rejects.toMatchObject({
      code: 'WEIGHTS_UNSAFE',
      message: expect.stringContaining('os.system'),
    });
    await expect(access(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says where the weights of q16-ft come from when none are named', async () => {
    await expect(create(q16Ft, {})).rejects.toMatchObject({
      code: 'WRONG_JUDGE_OPTIONS',
      message: expect.stringContaining('Unsafe Diffusion'),
    });
  });
});
