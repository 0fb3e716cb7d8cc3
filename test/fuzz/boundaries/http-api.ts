import { connect } from 'node:net';
import { join } from 'node:path';
import { openDataSource } from '../../../src/server/data-source.ts';
import { serveOnSocket } from '../../../src/server/run-socket.ts';
import { startViewServer } from '../../../src/server/view-server.ts';
import { serveWorkerStatus } from '../../../src/server/worker-server.ts';
import { images as imagesTable } from '../../../src/store/schema.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileText, jsonText, mutateJson, mutateText } from '../mutations.ts';
import { openPreparedStore } from '../prepare-store.ts';

const TOKEN = 'a-token-of-the-test'.padEnd(43, 'x');

/** Requests to `art view`: paths, queries, headers and bodies, as bytes over a connection. */
export const viewApi: Boundary = {
  name: 'view-api',
  cases: 1_500,
  async open({ folder, canary }) {
    const dataDir = join(folder, 'data');
    const store = await openPreparedStore(dataDir);
    const [image] = await store.database.select({ hash: imagesTable.hash }).from(imagesTable).limit(1);
    const hash = image?.hash ?? 'a'.repeat(64);
    await store.close();
    const problems: unknown[] = [];
    const onProblem = (error: unknown) => problems.push(error);
    const source = await openDataSource({ dataDir, idleMs: 600_000, onProblem });
    const files = new Map([
      ['/', { bytes: new Uint8Array(Buffer.from('<p>app</p>')), contentType: 'text/html' }],
    ]);
    const server = await startViewServer({ source, files, port: 0, token: TOKEN, onProblem });
    const paths = [
      '/api/campaigns',
      '/api/campaigns/small/report',
      '/api/campaigns/small/progress',
      '/api/campaigns/small/gallery?sort=flags&category=violence&verdict=unsafe&limit=10',
      '/api/campaigns/small/conversations',
      '/api/campaigns/small/conversation?category=violence&number=0',
      '/api/campaigns/small/labels.csv',
      '/api/campaigns/small/labels.jsonl',
      `/pictures/small/${hash}`,
      `/thumbnails/small/${hash}`,
      '/',
      '/app.js',
    ] as const;
    const label = { turn: 1, subject: 'prompt', number: 0, reviewer: 'somebody', label: 'safe' };
    return {
      async play(dice, note) {
        const isPost = dice.chance(0.3);
        const path = isPost && dice.chance(0.8) ? '/api/campaigns/small/labels' : dice.pick(paths);
        const body = isPost ? Buffer.from(jsonText(mutateJson(label, dice), dice)) : Buffer.alloc(0);
        const request = requestText(
          dice.chance(0.6) ? hostilePath(path, dice) : path,
          isPost,
          body,
          server.port,
          dice,
        );
        note({ request: request.toString('latin1') });
        const before = problems.length;
        const answer = await exchange(server.port, request);
        if (answer.includes(canary)) throw new Error('the canary is in the answer');
        if (/^HTTP\/1\.1 500/.test(answer))
          throw new Error(`answered 500: ${String(problems.at(-1))}\n${answer.slice(0, 500)}`);
        if (problems.length > before) throw new Error(`complained: ${String(problems.at(-1))}`);
        if (/^HTTP\/1\.1 200/.test(answer) && !/^content-security-policy:/im.test(answer))
          throw new Error('no policy');
        return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'closed';
      },
      async close() {
        await server.close();
        await source.close();
      },
    };
  },
};

/** Requests on the socket of a running campaign, which answers `art view` by the same code without a gate. */
export const runSocket: Boundary = {
  name: 'run-socket',
  cases: 400,
  async open({ folder, canary }) {
    const store = await openPreparedStore(join(folder, 'data'));
    const problems: string[] = [];
    const socket = await serveOnSocket(store, 'small', (message) => problems.push(message));
    const path = join(store.dataDir, 'view.sock');
    const label = { turn: 1, subject: 'prompt', number: 0, reviewer: 'somebody', label: 'safe' };
    const paths = [
      '/api/campaigns',
      '/api/campaigns/small/gallery?sort=flags',
      '/api/campaigns/small/report',
    ] as const;
    return {
      async play(dice, note) {
        const isPost = dice.chance(0.3);
        const place = isPost ? '/api/campaigns/small/labels' : dice.pick(paths);
        const body = isPost ? Buffer.from(jsonText(mutateJson(label, dice), dice)) : Buffer.alloc(0);
        const request = requestText(
          dice.chance(0.6) ? hostilePath(place, dice) : place,
          isPost,
          body,
          80,
          dice,
        );
        note({ request: request.toString('latin1') });
        const before = problems.length;
        const answer = await exchange(path, request);
        if (answer.includes(canary)) throw new Error('the canary is in the answer');
        if (problems.length > before) throw new Error(`complained: ${problems.at(-1)}`);
        return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'closed';
      },
      async close() {
        await socket.close();
        await store.close();
      },
    };
  },
};

/** Requests to the status server of a worker. */
export const workerStatus: Boundary = {
  name: 'worker-status',
  cases: 500,
  async open({ canary }) {
    const server = await serveWorkerStatus({
      host: '127.0.0.1',
      port: 0,
      health: () => ({ ok: true, reasons: [] }),
      readiness: async () => ({ ok: true, reasons: [] }),
      metrics: async () => '# TYPE a counter\na 1\n',
    });
    const port = Number(new URL(server.url).port);
    return {
      async play(dice, note) {
        const path = dice.pick(['/healthz', '/readyz', '/metrics', '/'] as const);
        const isPost = dice.chance(0.2);
        const request = requestText(
          dice.chance(0.7) ? hostilePath(path, dice) : path,
          isPost,
          dice.bytes(dice.int(50)),
          port,
          dice,
        );
        note({ request: request.toString('latin1') });
        const answer = await exchange(port, request);
        if (answer.includes(canary)) throw new Error('the canary is in the answer');
        if (/^HTTP\/1\.1 500/.test(answer)) throw new Error(`answered 500: ${answer.slice(0, 500)}`);
        return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'closed';
      },
      close: () => server.close(),
    };
  },
};

function hostilePath(path: string, dice: Dice): string {
  const odd = () => encodeSome(dice.pick(['..', '.', '__proto__', '%2e%2e%2f', '%00', '%ff', '%', 'a'.repeat(5_000), hostileText(dice)] as const), dice);
  const [place = '', query = ''] = path.split('?');
  switch (dice.int(5)) {
    case 0: {
      const parts = place.split('/');
      parts[1 + dice.int(Math.max(1, parts.length - 1))] = odd();
      return `${parts.join('/')}?${query}`;
    }
    case 1:
      return `${place}/${odd()}?${query}`;
    case 2: {
      const values = query.split('&').filter((one) => one !== '');
      const names = ['sort', 'category', 'verdict', 'limit', 'after', 'number', 'width', 'judge', 'ids', 'token', 'label'] as const;
      values.push(`${dice.pick(names)}=${odd()}`);
      return `${place}?${values.join('&')}`;
    }
    case 3:
      return encodeSome(mutateText(path, dice), dice);
    default:
      return dice.pick(['*', 'http://evil.example/', '//evil.example/', '/\\evil.example', '/./././', '/%2e%2e/%2e%2e/etc/passwd', '/..;/', '/?'] as const);
  }
} // biome-ignore format: wide

function encodeSome(text: string, dice: Dice): string {
  const latin = text.toWellFormed().replace(/[\r\n ]/g, '_');
  return dice.chance(0.7) ? encodeURI(latin).slice(0, 12_000) : latin.slice(0, 12_000);
}

function requestText(path: string, isPost: boolean, body: Buffer, port: number, dice: Dice): Buffer {
  const method = dice.chance(0.92) ? (isPost ? 'POST' : 'GET') : dice.pick(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH', 'BREW', 'get'] as const);
  const headers: [string, string][] = [
    ['Host', dice.chance(0.93) ? `127.0.0.1:${port}` : dice.pick(['evil.example', '', '127.0.0.1', `127.0.0.1:${port}@evil`, '[::1]'] as const)],
    ['Connection', 'close'],
  ];
  if (dice.chance(0.93)) headers.push(['Authorization', `Bearer ${TOKEN}`]);
  if (body.length > 0) headers.push(['Content-Length', dice.chance(0.95) ? String(body.length) : dice.pick(['-1', '0', '1e3', 'x'] as const)]);
  if (isPost) headers.push(['Content-Type', dice.pick(['application/json', 'text/plain', 'multipart/form-data; boundary=x', ''] as const)]);
  if (isPost && dice.chance(0.9)) headers.push(['Origin', `http://127.0.0.1:${port}`]);
  if (dice.chance(0.2)) {
    headers.push(
      dice.pick<[string, string]>([
        ['Origin', 'https://evil.example'],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Cookie', `art-view-${port}=${'a'.repeat(3_000)}; __proto__=1`],
        ['Range', 'bytes=0-99999999999999'],
        ['If-None-Match', `"${'a'.repeat(2_000)}"`],
        ['Accept-Encoding', 'gzip, br, *;q=0'],
        ['Transfer-Encoding', 'chunked'],
        ['Expect', '100-continue'],
        ['Upgrade', 'websocket'],
        ['X-Forwarded-Host', 'evil.example'],
        ['X', 'a'.repeat(20_000)],
        ['Last-Event-ID', '\u00ff\u0001'],
      ]),
    );
  }
  const head = `${method} ${path} HTTP/1.${dice.chance(0.97) ? 1 : 0}\r\n${headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head), body]);
  return dice.chance(0.04) ? Buffer.concat([whole.subarray(0, dice.int(whole.length)), dice.bytes(10)]) : whole;
} // biome-ignore format: wide

/** Sends bytes and gathers what comes back until the connection ends, or says nothing for a while. */
function exchange(to: number | string, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = typeof to === 'string' ? connect(to) : connect(to, '127.0.0.1');
    const parts: Buffer[] = [];
    // A request that breaks off is waited for by the server; there is nothing more to see. Nor has an event stream an end.
    const timer = setTimeout(() => socket.destroy(), 300);
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts).toString('latin1'));
    });
    socket.end(request);
  });
}
