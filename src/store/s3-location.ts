import { UsageError } from '../errors.ts';

/** Where images are in an object store that speaks S3. */
export interface S3Location {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the whole bucket. */
  readonly prefix: string;
  /** The server; `undefined`: AWS's, or the one that the environment names. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Whether the bucket stands in the path of the address rather than in its host. */
  readonly pathStyle: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PARAMETERS: ReadonlySet<string> = new Set(['endpoint', 'region', 'pathStyle']);

/** Servers that are not AWS's rarely care; where nobody says otherwise this is what their signatures are for. */
const REGION_ELSEWHERE = 'us-east-1';

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…`. What it does not say is taken from the usual variables,
 * `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION`.
 *
 * @param env the environment
 * @throws {@link UsageError} `BAD_IMAGES_URL`; it never shows what the URL holds beside bucket and prefix
 */
export function parseS3Url(text: string, env: Environment): S3Location {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 's3:' || !isBucket(url.hostname)) {
    throw badUrl('What is given with --images is no s3:// URL with the name of a bucket.');
  }
  if (url.username !== '' || url.password !== '') throw keysInUrl();
  for (const name of url.searchParams.keys()) {
    if (PARAMETERS.has(name)) continue;
    if (/key|secret|token|credential|password|signature/i.test(name)) throw keysInUrl();
    throw badUrl(`The URL given with --images has a parameter that is not known: ${name.slice(0, 40)}.`);
  }
  const endpoint = endpointOf(
    url.searchParams.get('endpoint') ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
  );
  return {
    bucket: url.hostname,
    prefix: prefixOf(url),
    endpoint,
    region:
      url.searchParams.get('region') ??
      env.AWS_REGION ??
      env.AWS_DEFAULT_REGION ??
      (endpoint === undefined ? undefined : REGION_ELSEWHERE),
    // A server of one's own seldom has a name for every bucket; AWS has.
    pathStyle: pathStyleOf(url) ?? endpoint !== undefined,
  };
}

/** The location as people are shown it, without how it is reached. */
export function s3Address({ bucket, prefix }: S3Location): string {
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}

function isBucket(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/.test(name);
}

function prefixOf({ pathname }: URL): string {
  const prefix = decodeURIComponentOr(pathname).replaceAll(/^\/+|\/+$/g, '');
  const parts = prefix.split('/');
  if (parts.some((part) => part === '.' || part === '..') || parts.slice(1).includes('')) {
    throw badUrl('The prefix in the URL given with --images has an empty part, or one that is . or ..');
  }
  return prefix;
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw badUrl('The prefix in the URL given with --images is not encoded as URLs are.', cause);
  }
}

function endpointOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw badUrl('The endpoint of --images is no http:// or https:// URL.');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '') throw keysInUrl();
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}

function pathStyleOf(url: URL): boolean | undefined {
  const word = url.searchParams.get('pathStyle');
  if (word === null) return undefined;
  if (word === 'true' || word === '') return true;
  if (word === 'false') return false;
  throw badUrl('pathStyle in the URL given with --images is neither true nor false.');
}

function badUrl(message: string, cause?: unknown): UsageError {
  return new UsageError({
    code: 'BAD_IMAGES_URL',
    message,
    hint: 'It looks like s3://bucket/prefix?endpoint=https://host:9000&region=us-east-1&pathStyle=true; all parameters may be left out.',
    cause,
  });
}

function keysInUrl(): UsageError {
  return new UsageError({
    code: 'BAD_IMAGES_URL',
    message: 'The URL given with --images holds credentials; they are taken from the environment only.',
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE, a role …), and leave them out of the URL.',
  });
}
