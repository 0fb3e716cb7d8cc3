import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTensors } from '../../../src/judges/weights/tensors/read-tensors.ts';
import { createWeightStore } from '../../../src/judges/weights/weight-store.ts';
import { modelServices } from '../../../src/models/model-services.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileAnswer } from '../hostile-answers.ts';
import { startHostileServer } from '../hostile-server.ts';
import { hostileText, mutateBytes, mutateJson } from '../mutations.ts';

const FIXTURES = join(import.meta.dirname, '../../../src/judges/weights/tensors/__fixtures__');

/** Files of PyTorch, pickle and safetensors, changed; and pickles that were written to do harm. */
export const weightFiles: Boundary = {
  name: 'weight-files',
  cases: 1_500,
  async open({ folder, forbidden }) {
    const samples = readdirSync(FIXTURES)
      .filter((name) => /\.(?:pt|p|safetensors)$/.test(name))
      .map((name) => readFileSync(join(FIXTURES, name)));
    return {
      async play(dice, note) {
        const kind = dice.int(10);
        const bytes =
          kind === 0
            ? wickedPickle(forbidden, dice)
            : kind === 1
              ? safetensors(dice)
              : changed(samples, dice);
        note(bytes);
        const file = join(folder, 'weights.bin');
        writeFileSync(file, bytes);
        const tensors = await readTensors(file, dice.chance(0.2) ? ['weight', hostileText(dice)] : undefined);
        return `${tensors.size > 0 ? 'some' : 'no'} tensors`;
      },
      close: async () => undefined,
    };
  },
};

function changed(samples: readonly Buffer[], dice: Dice): Buffer {
  let bytes = mutateBytes(dice.pick(samples), dice);
  // Lengths are what readers believe.
  if (dice.chance(0.3) && bytes.length > 16) {
    bytes = Buffer.from(bytes);
    const length = dice.pick([0xffffffff, 0x7fffffff, 0x80000000, 1_000_000_000]);
    bytes.writeUInt32LE(length, dice.int(bytes.length - 4));
  }
  return bytes;
}

function wickedPickle(forbidden: string, dice: Dice): Buffer {
  const call = (module: string, name: string, argument: string) =>
    `\x80\x02c${module}\n${name}\nX${String.fromCharCode(argument.length)}\0\0\0${argument}\x85R.`;
  const file = join(forbidden, 'owned').slice(0, 120);
  return Buffer.from(
    dice.pick([
      call('os', 'system', `touch ${file}`),
      call('posix', 'system', `touch ${file}`),
      call('builtins', 'eval', '1+1'),
      call('builtins', 'open', file),
      call('subprocess', 'Popen', 'touch'),
      call('torch.serialization', 'load', file),
      call('numpy', 'fromfile', file),
      call('runpy', '_run_code', 'x'),
      `\x80\x02c__main__\n${hostileText(dice).replaceAll('\n', '')}\n)R.`,
      `\x80\x02]${'q\x01]h\x01ah\x01a'.repeat(40)}.`,
      `\x80\x04\x95${'\xff'.repeat(8)}.`,
      `${'('.repeat(100_000)}.`,
      `\x80\x02${']'.repeat(100_000)}.`,
    ] as const),
    'latin1',
  );
}

function safetensors(dice: Dice): Buffer {
  const header: unknown = mutateJson(
    {
      weight: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      __metadata__: { format: 'pt' },
    },
    dice,
  );
  const json = Buffer.from(JSON.stringify(header) ?? '');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(
    dice.chance(0.8) ? BigInt(json.length) : dice.pick([0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 100_000_000n]),
  );
  return Buffer.concat([length, json, Buffer.alloc(dice.chance(0.8) ? 16 : dice.int(16))]);
}

/** What a Hub says of a model and its files, and what it sends in their place. */
export const hubAnswers: Boundary = {
  name: 'hub-answers',
  cases: 500,
  async open({ folder, forbidden, canary }) {
    const server = await startHostileServer();
    const { fetch } = await modelServices(folder);
    const commit = 'c'.repeat(40);
    const listing = {
      id: 'org/model',
      sha: commit,
      private: false,
      gated: false,
      siblings: [
        { rfilename: 'config.json', size: 2, blobId: 'b'.repeat(40) },
        { rfilename: 'onnx/model.onnx', size: 5, lfs: { sha256: 'a'.repeat(64), size: 5 } },
      ],
    };
    let number = 0;
    return {
      async play(dice, note) {
        const names = [
          'config.json',
          'onnx/model.onnx',
          '../../forbidden/kept.txt',
          join(forbidden, 'kept.txt'),
          hostileText(dice),
        ] as const;
        const file = dice.pick(names);
        const wrong = dice.chance(0.5) ? '/api' : '/resolve';
        const listed = JSON.parse(
          JSON.stringify(listing).replaceAll('config.json', () => JSON.stringify(file).slice(1, -1)),
        );
        const answer = hostileAnswer(wrong === '/api' ? listed : Buffer.from('{}'), canary, dice);
        note({ file, wrong, answer });
        server.answer(({ path }) => {
          const isListing = path.startsWith('/api');
          if (isListing === (wrong === '/api'))
            return { ...answer, headers: { ...hubHeaders(commit, dice), ...answer.headers } };
          const body = isListing ? Buffer.from(JSON.stringify(listed)) : Buffer.from('{}');
          return {
            status: 200,
            headers: { 'content-type': 'application/json', ...hubHeaders(commit, dice) },
            body,
          };
        });
        const home = join(folder, `hub-${number++ % 20}`);
        const store = createWeightStore({
          env: { HF_ENDPOINT: server.url, HF_HOME: home, HF_TOKEN: canary, XDG_CACHE_HOME: home },
          fetch,
          configDir: folder,
          sleep: async () => undefined,
          stallMs: 20,
        });
        const opened = await store.open({ model: 'org/model' }, 'the test');
        return `${(await opened.file(file)).path.startsWith(home) ? 'fetched' : 'elsewhere'}`;
      },
      close: () => server.close(),
    };
  },
};

function hubHeaders(commit: string, dice: Dice): Record<string, string> {
  const odd = [
    '"x"',
    '',
    `"${'a'.repeat(64)}"`,
    `W/"${'b'.repeat(40)}"`,
    '../../forbidden',
    '"../../x"',
  ] as const;
  return {
    'x-repo-commit': dice.chance(0.8) ? commit : dice.pick(['', '../..', 'main', 'f'.repeat(40)] as const),
    etag: dice.pick(odd),
    ...(dice.chance(0.3)
      ? { 'x-linked-etag': dice.pick(odd), 'x-linked-size': dice.pick(['-1', '5', '1e99', 'x'] as const) }
      : {}),
  };
}
