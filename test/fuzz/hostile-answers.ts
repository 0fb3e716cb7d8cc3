import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Dice } from './dice.ts';
import type { HostileAnswer } from './hostile-server.ts';
import { hostileText, hostileValue, jsonText, mutateBytes, mutateJson } from './mutations.ts';

/** 40 MB of nothing in 40 KB. */
const BOMB = gzipSync(Buffer.alloc(40 * 1024 * 1024));

/**
 * An answer of a server that may be broken or wicked.
 *
 * @param right what the right answer's JSON would be, or its bytes
 * @param key what the server knows of our key, to say it back
 */
export function hostileAnswer(right: unknown, key: string, dice: Dice): HostileAnswer {
  const isJson = !(right instanceof Uint8Array);
  const status = dice.chance(0.75) ? 200 : dice.pick([201, 204, 301, 302, 304, 400, 401, 403, 404, 408, 418, 422, 429, 500, 502, 503, 599]);
  const headers: Record<string, string> = {
    'content-type': isJson ? 'application/json' : 'image/png',
    ...oddHeaders(dice),
  };
  if (status === 301 || status === 302) headers.location = dice.pick(LOCATIONS);
  let body = bodyOf(right, key, status, dice);
  if (dice.chance(0.08)) [body, headers['content-encoding']] = compressed(body, dice);
  const odd = dice.int(30);
  return {
    status,
    headers,
    body,
    ...(odd === 0 ? { missing: 1 + dice.int(1_000) } : {}),
    ...(odd === 1 ? { reset: true } : {}),
    ...(odd === 2 && dice.chance(0.2) ? { silent: true } : {}),
  };
} // biome-ignore format: wide

const LOCATIONS = [
  'http://169.254.169.254/latest',
  'file:///etc/passwd',
  '//127.0.0.1:1/',
  '/',
  '',
  'http://[::1]/',
  'javascript:1',
  '\\\\x',
];

function bodyOf(right: unknown, key: string, status: number, dice: Dice): Buffer {
  if (status !== 200 || dice.chance(0.1)) return Buffer.from(saidBack(key, dice));
  if (right instanceof Uint8Array) return dice.chance(0.8) ? mutateBytes(right, dice) : Buffer.from(right);
  if (dice.chance(0.1)) return Buffer.from(jsonText(hostileValue(dice), dice));
  if (dice.chance(0.05)) return dice.bytes(dice.int(200));
  const bytes = Buffer.from(jsonText(mutateJson(right, dice), dice));
  return dice.chance(0.15) ? mutateBytes(bytes, dice) : bytes;
}

/** The key, as servers and proxies show it when something is wrong. */
export function saidBack(key: string, dice: Dice): string {
  const forms = [
    key,
    `Bearer ${key}`,
    Buffer.from(key).toString('base64'),
    Buffer.from(`:${key}`).toString('base64'),
    Buffer.from(key).toString('base64url'),
    Buffer.from(key).toString('hex'),
    encodeURIComponent(key),
    [...key].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
    [...key].map((one) => `&#${one.charCodeAt(0)};`).join(''),
    JSON.stringify({ headers: { authorization: `Bearer ${key}` } }),
  ] as const;
  const said = dice.pick(forms);
  const bodies = [
    JSON.stringify({ error: { message: `bad key ${said}`, code: said, param: null, type: said } }),
    JSON.stringify({ detail: [{ loc: ['header'], msg: said }] }),
    JSON.stringify({ error: said, errors: [said, { message: said }] }),
    `<!doctype html><html><title>401 ${said}</title><body>${said}</body></html>`,
    `Unauthorized: ${said}`,
    said,
    JSON.stringify({ message: hostileText(dice) }),
    hostileText(dice),
  ] as const;
  return dice.pick(bodies);
}

function oddHeaders(dice: Dice): Record<string, string> {
  if (dice.chance(0.8)) return {};
  return dice.pick([
    { 'content-type': 'text/html' },
    { 'content-type': '' },
    { 'content-type': 'application/json; charset=utf-16' },
    {
      'retry-after': dice.pick([
        '0',
        '-1',
        '99999999999',
        'tomorrow',
        'Wed, 21 Oct 2099 07:28:00 GMT',
        '1e9',
        '',
      ]),
    },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br' },
    { 'content-encoding': 'zstd, gzip, gzip, gzip, gzip, gzip' },
    { 'content-length': '5' },
    { 'content-length': '99999999999' },
    { 'transfer-encoding': 'chunked' },
    { 'set-cookie': `session=${'a'.repeat(5_000)}` },
    { 'x-long': 'a'.repeat(20_000) },
    { 'www-authenticate': 'Basic realm="a"' },
  ]);
}

function compressed(body: Buffer, dice: Dice): [Buffer, string] {
  return dice.pick<[Buffer, string]>([
    [BOMB, 'gzip'],
    [gzipSync(body), 'gzip'],
    [brotliCompressSync(body), 'br'],
    [deflateSync(body), 'deflate'],
    [gzipSync(gzipSync(body)), 'gzip, gzip'],
    [mutateBytes(gzipSync(body), dice), 'gzip'],
  ]);
}
