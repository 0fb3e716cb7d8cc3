/**
 * Makes the bucket that ART_IMAGES names (s3://bucket/prefix?endpoint=…), where it is not there yet. For object stores of
 * one's own: in a cloud, buckets are made with rules and owners by those who look after them.
 */
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';

const url = URL.parse(process.env.ART_IMAGES ?? '');
if (url?.protocol !== 's3:') {
  process.stderr.write('ART_IMAGES names no bucket: s3://bucket/prefix?endpoint=http://host:9000\n');
  process.exit(2);
}
const endpoint = url.searchParams.get('endpoint') ?? process.env.AWS_ENDPOINT_URL_S3;
const client = new S3Client({
  region: url.searchParams.get('region') ?? process.env.AWS_REGION ?? 'us-east-1',
  ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
});
const Bucket = url.hostname;

/** Whether it is there; one that belongs to somebody else is an error. */
async function exists() {
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
    return true;
  } catch (error) {
    if (error?.$metadata?.httpStatusCode === 404) return false;
    throw error;
  }
}

if (await exists()) {
  process.stdout.write(`The bucket ${Bucket} is there.\n`);
} else {
  await client.send(new CreateBucketCommand({ Bucket }));
  process.stdout.write(`The bucket ${Bucket} has been made.\n`);
}
