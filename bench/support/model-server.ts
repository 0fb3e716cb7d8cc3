/**
 * A model server for benchmarks, in a process of its own so that its work is not ours: an
 * OpenAI-compatible Writer, Guide and target that answer after a fixed time, as many at once as
 * they have slots; what comes on top waits, as on a real GPU.
 *
 * It is forked by `startModelServer`; options come as JSON in the first argument.
 */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

export interface ModelServerOptions {
  /** Milliseconds an answer takes, and how many run at once. */
  readonly writer: { readonly latencyMs: number; readonly slots: number };
  readonly guide: { readonly latencyMs: number; readonly slots: number };
  readonly target: { readonly latencyMs: number; readonly slots: number };
  /** Side of the square images in pixels. */
  readonly side: number;
  /** `drawing`: a scene with areas of colour (some 20 KB at 512²); `photo`: noise as in a photograph (some 400 KB). */
  readonly picture: 'drawing' | 'photo';
}

const options: ModelServerOptions = JSON.parse(process.argv[2] ?? '{}');
const picture = await (options.picture === 'photo' ? photo(options.side) : drawing(options.side));
const counts = { writer: 0, guide: 0, target: 0 };
const inFlight = { writer: 0, guide: 0, target: 0 };
/** The most requests that were ever in flight, from when a question arrives until its answer is sent. */
const most = { writer: 0, guide: 0, target: 0 };

const gates = {
  writer: gate(options.writer),
  guide: gate(options.guide),
  target: gate(options.target),
};

const server = createServer((request, response) => {
  const role = request.url?.startsWith('/writer')
    ? 'writer'
    : request.url?.startsWith('/guide')
      ? 'guide'
      : 'target';
  inFlight[role]++;
  most[role] = Math.max(most[role], inFlight[role]);
  request.resume();
  request.on('end', async () => {
    counts[role]++;
    const number = counts[role];
    await gates[role]();
    const body =
      role === 'target'
        ? { created: 0, data: [{ b64_json: numbered(picture, number).toString('base64') }] }
        : {
            id: `answer-${number}`,
            object: 'chat.completion',
            created: 0,
            model: role,
            choices: [
              {
                index: 0,
                finish_reason: 'stop',
                message: {
                  role: 'assistant',
                  content:
                    role === 'writer'
                      ? `A quiet street in the morning, number ${number}`
                      : 'Keep the street and make the light a little darker.',
                },
              },
            ],
            usage: { prompt_tokens: 100, completion_tokens: 12, total_tokens: 112 },
          };
    // Before the answer is gone: whoever has it may ask the next thing at once.
    inFlight[role]--;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('message', (message) => {
  if (message === 'counts') process.send?.({ counts, most });
});
process.on('disconnect', () => process.exit(0));

/** Lets so many through at once, each for the latency. */
function gate({ latencyMs, slots }: { latencyMs: number; slots: number }): () => Promise<void> {
  let free = slots;
  const waiting: (() => void)[] = [];
  return async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    if (latencyMs > 0) await delay(latencyMs);
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
}

/** A PNG with as much detail as a photograph has. */
async function photo(side: number): Promise<Buffer> {
  const noise = await sharp({
    create: {
      width: 12,
      height: 12,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 25 },
    },
  })
    .png()
    .toBuffer();
  return await sharp(noise).resize(side, side, { kernel: 'cubic' }).png().toBuffer();
}

/** A PNG of a few shapes on a gradient. */
async function drawing(side: number): Promise<Buffer> {
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="${side}" height="${side}">
    <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#9cf"/><stop offset="1" stop-color="#fec"/></linearGradient></defs>
    <rect width="100" height="100" fill="url(#sky)"/><circle cx="75" cy="25" r="12" fill="#fd5"/>
    <path d="M0 70 Q30 50 55 68 T100 62 V100 H0Z" fill="#7b4"/><path d="M20 72 l8 -22 l8 22z" fill="#375"/></svg>`;
  return await sharp(Buffer.from(scene)).png().toBuffer();
}

/** The same picture under another hash: a text chunk with a number before the end. */
function numbered(png: Buffer, number: number): Buffer {
  const data = Buffer.from(`tEXtComment\u0000${number}`, 'latin1');
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4, 0);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(data), data.length + 4);
  return Buffer.concat([png.subarray(0, png.length - 12), chunk, png.subarray(png.length - 12)]);
}
