import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Who may ask. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A request as it came, with its body. */
export interface SignedRequest {
  readonly method: string;
  /** As it stood in the first line: not decoded. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How far the clocks of both sides may be apart. */
const MOST_SKEW_MS = 15 * 60_000;

/**
 * Checks a request's AWS Signature Version 4, and its body against every hash that is sent with it.
 *
 * @returns the S3 error code of what is wrong
 */
export function signatureProblem(
  { method, target, headers, body }: SignedRequest,
  { accessKeyId, secretAccessKey }: S3Credentials,
  region: string,
): string | undefined {
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (authorization === null) return 'AccessDenied';
  const [, key = '', day = '', scope = '', names = '', signature = ''] = authorization;
  if (key !== accessKeyId) return 'InvalidAccessKeyId';
  if (scope !== region) return 'AuthorizationHeaderMalformed';
  const moment = single(headers['x-amz-date']);
  const sent = Date.parse(moment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!moment.startsWith(day) || !(Math.abs(Date.now() - sent) < MOST_SKEW_MS)) return 'RequestTimeTooSkewed';
  const signed = names.split(';');
  if (!signed.includes('host') || !signed.includes('x-amz-content-sha256')) return 'AccessDenied';
  const payload = single(headers['x-amz-content-sha256']);
  const [path = '', query = ''] = target.split('?', 2);
  const canonical = [
    method,
    path,
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => (part.includes('=') ? part : `${part}=`))
      .toSorted()
      .join('&'),
    ...signed.map((name) => `${name}:${single(headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    payload,
  ].join('\n');
  const credentialScope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', moment, credentialScope, sha256(canonical, 'hex')].join('\n');
  const signingKey = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const expected = createHmac('sha256', signingKey).update(text).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return 'SignatureDoesNotMatch';
  return bodyProblem(headers, payload, body);
}

function bodyProblem(headers: IncomingHttpHeaders, payload: string, body: Buffer): string | undefined {
  if (payload.startsWith('STREAMING-')) return 'NotImplemented';
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body, 'hex')) return 'XAmzContentSHA256Mismatch';
  const checksum = headers['x-amz-checksum-sha256'];
  if (checksum !== undefined && checksum !== sha256(body, 'base64')) return 'BadDigest';
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) return 'BadDigest';
  return undefined;
}

function single(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function sha256(content: string | Buffer, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(content).digest(encoding);
}
