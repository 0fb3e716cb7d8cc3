import { describe, expect, it } from 'vitest';
import { parseS3Url, s3Address } from './s3-location.ts';

describe('parseS3Url', () => {
  it('reads bucket and prefix, and leaves the rest to AWS', () => {
    expect(parseS3Url('s3://my-bucket/red/team/', {})).toEqual({
      bucket: 'my-bucket',
      prefix: 'red/team',
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
    });
    expect(s3Address(parseS3Url('s3://my-bucket/red%20team', {}))).toBe('s3://my-bucket/red team');
    expect(s3Address(parseS3Url('s3://my-bucket', {}))).toBe('s3://my-bucket');
  });

  it('takes a server of one’s own by its path, unless told otherwise', () => {
    const minio = 's3://art/images?endpoint=http://127.0.0.1:9000';
    expect(parseS3Url(minio, {})).toMatchObject({
      endpoint: 'http://127.0.0.1:9000',
      region: 'us-east-1',
      pathStyle: true,
    });
    expect(parseS3Url(`${minio}&pathStyle=false&region=auto`, {})).toMatchObject({
      region: 'auto',
      pathStyle: false,
    });
  });

  it('takes the usual variables, the URL before them', () => {
    const env = {
      AWS_ENDPOINT_URL: 'http://other:1',
      AWS_ENDPOINT_URL_S3: 'https://host:2/base',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-2',
    };
    expect(parseS3Url('s3://art/x', env)).toMatchObject({
      endpoint: 'https://host:2/base',
      region: 'eu-west-1',
    });
    expect(parseS3Url('s3://art/x?region=auto&endpoint=http://mine:3', env)).toMatchObject({
      endpoint: 'http://mine:3',
      region: 'auto',
    });
  });

  it.each([
    's3://key:secret-word@bucket/x',
    's3://bucket/x?accessKeyId=secret-word',
    's3://bucket/x?secretAccessKey=secret-word',
    's3://bucket/x?sessionToken=secret-word',
    's3://bucket/x?X-Amz-Signature=secret-word',
    's3://bucket/x?endpoint=http://key:secret-word@host',
  ])('refuses credentials, and does not repeat them: %s', (url) => {
    const refused = () => parseS3Url(url, {});
    expect(refused).toThrow(/credentials/);
    expect(refused).not.toThrow(/secret-word/);
    expect(refused).toThrow(expect.objectContaining({ code: 'BAD_IMAGES_URL', exitCode: 2 }));
  });

  it.each([
    's3://',
    's3:///prefix',
    's3://B/prefix',
    's3://bucket/x?colour=red',
    's3://bucket/a/../b%2f..%2fc',
    's3://bucket/a//b',
    's3://bucket/%zz',
    's3://bucket/x?endpoint=ftp://host',
    's3://bucket/x?pathStyle=maybe',
  ])('refuses %s', (url) => {
    expect(() => parseS3Url(url, {})).toThrow(expect.objectContaining({ code: 'BAD_IMAGES_URL' }));
  });
});
