import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { S3Fault, S3FaultPlan } from './s3-faults.ts';
import { type S3Credentials, signatureProblem } from './s3-signature.ts';

/** How {@link startS3Server} behaves. */
export interface S3ServerOptions {
  readonly bucket?: string;
  readonly region?: string;
  readonly credentials?: S3Credentials;
  /** What goes wrong, and when. */
  readonly faults?: S3FaultPlan;
  /** How many objects a page of a listing has. */
  readonly pageSize?: number;
  /** Listings show what there was before the last so many changes. */
  readonly staleBy?: number;
}

/** An object as it is stored. */
export interface S3Object {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly modifiedAt: Date;
}

/** A request that came. */
export interface S3Request {
  readonly method: string;
  /** Empty for requests to the bucket. */
  readonly key: string;
  /** The status of the answer; `undefined` where there was none. */
  status: number | undefined;
  readonly fault: S3Fault | undefined;
}

/** An object store that runs. */
export interface RunningS3Server {
  /** `http://127.0.0.1:…`. */
  readonly url: string;
  /** What is stored, by key; a test may change it. */
  readonly objects: Map<string, S3Object>;
  /** Everything that was asked, in order. */
  readonly requests: readonly S3Request[];
  /** For the environment of whoever uses it: credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** For `--images`. */
  imagesUrl(prefix?: string): string;
  /** From here on something else goes wrong; `undefined`: nothing. */
  setFaults(faults: S3FaultPlan | undefined): void;
  close(): Promise<void>;
}

/**
 * Starts an object store on the loopback that speaks S3 by paths (`/bucket/key`): PUT, GET, HEAD and DELETE of objects,
 * ListObjectsV2. It refuses what is not signed as it should be, and bodies that are not what was signed or differ from
 * a checksum that is sent with them.
 */
export async function startS3Server({
  bucket = 'art',
  region = 'us-east-1',
  credentials = { accessKeyId: 'art-test-key', secretAccessKey: 'art-test-secret-of-no-use' },
  faults: firstFaults,
  pageSize = 1_000,
  staleBy = 0,
}: S3ServerOptions = {}): Promise<RunningS3Server> {
  const objects = new Map<string, S3Object>();
  const requests: S3Request[] = [];
  /** What listings showed before each of the last changes. */
  const past: ReadonlyMap<string, S3Object>[] = [];
  let faults = firstFaults;

  const changing = () => {
    if (staleBy === 0) return;
    past.push(new Map(objects));
    if (past.length > staleBy) past.shift();
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: target = '/', headers } = incoming;
    const { pathname, searchParams } = new URL(target, 'http://localhost');
    const [, asked = '', ...rest] = pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const fault = faults?.({ index: requests.length, method, key });
    const record: S3Request = { method, key, status: undefined, fault };
    requests.push(record);
    if (fault === 'cut upload' && Number(headers['content-length'] ?? 0) > 0) {
      await half(incoming);
      incoming.socket.resetAndDestroy();
      return;
    }
    const body = await bodyOf(incoming);
    if (fault === 'stall') return;
    if (fault === 'reset' || fault === 'cut upload') {
      incoming.socket.resetAndDestroy();
      return;
    }
    const answer = (): S3Answer => {
      if (fault === 'internal error') return problem(500, 'InternalError');
      if (fault === 'slow down') return problem(503, 'SlowDown');
      const wrong = signatureProblem({ method, target, headers, body }, credentials, region);
      if (wrong !== undefined) return problem(wrong === 'BadDigest' ? 400 : 403, wrong);
      if (asked !== bucket) return problem(404, 'NoSuchBucket');
      if (key === '') {
        if (method === 'HEAD') return { status: 200 };
        if (method !== 'GET' || searchParams.get('list-type') !== '2') return problem(501, 'NotImplemented');
        return list(past[0] ?? objects, searchParams, pageSize, bucket);
      }
      return objectAnswer(method, key, body, headers['content-type']);
    };
    const sent = answer();
    if (fault === 'unheard') {
      incoming.socket.resetAndDestroy();
      return;
    }
    record.status = sent.status;
    send(response, method, sent, fault);
  };

  const objectAnswer = (
    method: string,
    key: string,
    body: Buffer,
    mediaType: string | undefined,
  ): S3Answer => {
    const found = requests.at(-1)?.fault === 'not found' ? undefined : objects.get(key);
    switch (method) {
      case 'PUT':
        changing();
        objects.set(key, { bytes: body, mediaType: mediaType ?? '', modifiedAt: new Date() });
        return { status: 200, headers: { etag: etagOf(body) } };
      case 'DELETE':
        changing();
        objects.delete(key);
        return { status: 204 };
      case 'GET':
      case 'HEAD':
        if (found === undefined) return problem(404, 'NoSuchKey');
        return {
          status: 200,
          headers: {
            'content-type': found.mediaType,
            etag: etagOf(found.bytes),
            'last-modified': found.modifiedAt.toUTCString(),
          },
          body: found.bytes,
        };
      default:
        return problem(405, 'MethodNotAllowed');
    }
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      // A client that has gone away needs no answer.
      if (!response.headersSent && !response.destroyed) response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    objects,
    requests,
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    imagesUrl: (prefix = 'images') =>
      `s3://${bucket}/${prefix}?endpoint=${encodeURIComponent(url)}&region=${region}`,
    setFaults: (next) => {
      faults = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

function send(response: ServerResponse, method: string, answer: S3Answer, fault: S3Fault | undefined): void {
  const { status, headers = {}, body = Buffer.alloc(0) } = answer;
  const length = status === 204 ? {} : { 'content-length': body.length };
  response.writeHead(status, { ...headers, ...length, 'x-amz-request-id': 'TEST' });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  if (fault === 'damaged download' && body.length > 0) {
    const damaged = Buffer.from(body);
    damaged[body.length >> 1] = (damaged[body.length >> 1] ?? 0) ^ 1;
    response.end(damaged);
    return;
  }
  if (fault === 'cut download' && body.length > 0) {
    response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
    return;
  }
  response.end(body);
}

function list(
  objects: ReadonlyMap<string, S3Object>,
  query: URLSearchParams,
  pageSize: number,
  bucket: string,
): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const size = Math.min(pageSize, Number(query.get('max-keys') ?? pageSize));
  const found = [...objects.entries()]
    .filter(([key]) => key.startsWith(prefix) && key > after)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const page = found.slice(0, size);
  const last = found.length > page.length ? page.at(-1)?.[0] : undefined;
  const contents = page.map(
    ([key, { bytes, modifiedAt }]) =>
      `<Contents><Key>${escapeXml(key)}</Key><LastModified>${modifiedAt.toISOString()}</LastModified><ETag>${escapeXml(etagOf(bytes))}</ETag><Size>${bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const next = last === undefined ? '' : `<NextContinuationToken>${escapeXml(last)}</NextContinuationToken>`;
  return xml(
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${size}</MaxKeys><IsTruncated>${last !== undefined}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  );
}

function problem(status: number, code: string): S3Answer {
  return xml(
    status,
    `<Error><Code>${code}</Code><Message>The test server says ${code}.</Message><RequestId>TEST</RequestId></Error>`,
  );
}

function xml(status: number, content: string): S3Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Reads until half of the announced body has come. */
async function half(incoming: IncomingMessage): Promise<void> {
  let left = Number(incoming.headers['content-length']) / 2;
  for await (const chunk of incoming) {
    left -= Buffer.from(chunk).length;
    if (left <= 0) return;
  }
}
