import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Sdk from '@aws-sdk/client-s3';
import { UsageError } from '../errors.ts';
import type { S3Location } from './s3-location.ts';

/** An object as it is listed. */
export interface ListedObject {
  readonly name: string;
  readonly byteLength: number;
  readonly modifiedAt: Date;
}

/** What an image store needs of an object store. Each is one try; what fails is an {@link ObjectError}. */
export interface ObjectStorage {
  /** @param sha256 of the bytes, in base64: the server refuses others */
  put(name: string, bytes: Uint8Array, mediaType: string, sha256: string, signal: AbortSignal): Promise<void>;
  get(name: string, signal: AbortSignal): Promise<Uint8Array>;
  delete(name: string, signal: AbortSignal): Promise<void>;
  /** @param after where the page before ended */
  list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly objects: readonly ListedObject[]; readonly next: string | undefined }>;
}

/**
 * How a request to an object store failed: the object is not there (`missing`), the same may work another time
 * (`passing`), or it will not (`refused`).
 */
export class ObjectError extends Error {
  override readonly name = 'ObjectError';
  readonly kind: 'missing' | 'passing' | 'refused';

  constructor(kind: ObjectError['kind'], message: string, cause: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Which versions we work with. */
const PACKAGE = '@aws-sdk/client-s3';
const VERSION = '^3.1175.0';

const CONNECT_MS = 10_000;
/** How long a connection may say nothing. */
const SILENCE_MS = 30_000;
/** Nothing that is stored here is larger; what a server calls larger is not read. */
const LARGEST_OBJECT = 512 * 1024 * 1024;

/**
 * Where the SDK is: in the user's project, else beside ART.
 *
 * @throws {@link UsageError} `MISSING_PACKAGE` that says how to install it
 */
export function findS3Sdk(): string {
  for (const from of [join(process.cwd(), 'art.config.ts'), import.meta.filename]) {
    try {
      return createRequire(from).resolve(PACKAGE);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  const command = `npm install ${PACKAGE}@${VERSION}`;
  throw new UsageError({
    code: 'MISSING_PACKAGE',
    message: `Images in S3 need a package that is not installed; install it with: ${command}`,
    hint: command,
    data: { command, missing: [PACKAGE] },
  });
}

/**
 * A bucket by the AWS SDK. Credentials come from its usual chain: variables, profiles, roles.
 *
 * @param path of the SDK, from {@link findS3Sdk}
 */
export async function connectS3(path: string, location: S3Location): Promise<ObjectStorage> {
  const sdk: unknown = await import(pathToFileURL(path).href);
  if (!isSdk(sdk)) throw new TypeError(`${PACKAGE} in ${path} is not what it should be.`);
  const { bucket: Bucket, endpoint, region, pathStyle } = location;
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: pathStyle,
    // We try again ourselves: one policy, and one place to look.
    maxAttempts: 1,
    // Servers other than AWS's do not all understand checksums behind the body; ours is in front of it.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
  return {
    put: (Key, Body, ContentType, ChecksumSHA256, abortSignal) =>
      attempt(async () => {
        const command = new sdk.PutObjectCommand({ Bucket, Key, Body, ContentType, ChecksumSHA256 });
        await client.send(command, { abortSignal });
      }),
    get: (Key, abortSignal) =>
      attempt(async () => {
        const { Body, ContentLength } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }), {
          abortSignal,
        });
        if (Body === undefined) throw new Error('an answer without a body');
        if ((ContentLength ?? 0) > LARGEST_OBJECT) throw new Error('an object that is no image of ours');
        const bytes = await unlessAborted(Body.transformToByteArray(), abortSignal);
        // A connection that ended early gives what had come until then.
        if (ContentLength !== undefined && bytes.byteLength !== ContentLength) throw new Error('half a body');
        return bytes;
      }),
    delete: (Key, abortSignal) =>
      attempt(async () => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), { abortSignal });
      }),
    list: (Prefix, ContinuationToken, abortSignal) =>
      attempt(async () => {
        const command = new sdk.ListObjectsV2Command({
          Bucket,
          Prefix,
          ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
        });
        const { Contents = [], NextContinuationToken } = await client.send(command, { abortSignal });
        return { objects: Contents.flatMap(toListed), next: NextContinuationToken };
      }),
  };
}

function isSdk(loaded: unknown): loaded is typeof Sdk {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    ['S3Client', 'PutObjectCommand', 'GetObjectCommand', 'DeleteObjectCommand', 'ListObjectsV2Command'].every(
      (name) => typeof Reflect.get(loaded, name) === 'function',
    )
  );
}

function toListed({ Key, Size, LastModified }: Sdk._Object): ListedObject[] {
  if (Key === undefined || LastModified === undefined) return [];
  return [{ name: Key, byteLength: Size ?? 0, modifiedAt: LastModified }];
}

async function unlessAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([reading, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function attempt<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw toObjectError(error);
  }
}

/** Names of errors that are answers to something which may work another time, though their status says otherwise. */
const PASSING: ReadonlySet<string> = new Set([
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
  'OperationAborted',
]);

/**
 * Tells what went wrong by name and status alone: what a server writes into its message may be anything, the request
 * with its signature among it.
 */
export function toObjectError(error: unknown): ObjectError {
  const name = error instanceof Error && /^[\w.]{1,60}$/.test(error.name) ? error.name : 'Error';
  const status = statusOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code).slice(0, 40) : undefined;
  const what = [
    name === 'Error' ? undefined : name,
    code,
    status === undefined ? undefined : `status ${status}`,
  ];
  const said = what.filter((part) => part !== undefined).join(', ') || 'no answer that could be read';
  if (name === 'NoSuchKey' || name === 'NotFound') return new ObjectError('missing', said, error);
  const isPassing =
    PASSING.has(name) ||
    status === undefined ||
    status === 408 ||
    status === 429 ||
    status >= 500 ||
    status < 400;
  const isOurs =
    name === 'CredentialsProviderError' ||
    (error instanceof Error && /^Region is missing/.test(error.message));
  return new ObjectError(isPassing && !isOurs ? 'passing' : 'refused', isOurs ? oursText(name) : said, error);
}

function oursText(name: string): string {
  return name === 'CredentialsProviderError' ? 'there are no credentials' : 'no region is given';
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  return typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}
