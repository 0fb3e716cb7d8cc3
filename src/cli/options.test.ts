import { expect, test } from 'vitest';
import { locationFlags } from './options.ts';

const SERVER = 'postgres://art:secret@db/art';
const BUCKET = 's3://bucket/prefix?endpoint=http://minio:9000';

test.each([
  ['the defaults need none', { dataDir: 'art-data' }, {}, ''],
  ['a folder is named, as a shell reads it', { dataDir: 'a folder' }, {}, " --data-dir 'a folder'"],
  [
    'what came by flag is named, without a password',
    { dataDir: 'art-data', database: SERVER, images: BUCKET },
    {},
    ` --database … --images '${BUCKET}'`,
  ],
  [
    'what the environment says is not said again',
    { dataDir: 'art-data', database: SERVER, images: BUCKET },
    { ART_DATABASE: SERVER, ART_IMAGES: BUCKET },
    '',
  ],
  [
    'a flag that says something else than the environment is',
    { dataDir: 'art-data', database: SERVER, images: 'pictures' },
    { ART_DATABASE: 'postgres://elsewhere/art', ART_IMAGES: BUCKET },
    ' --database … --images pictures',
  ],
])('%s', (_, options, env, flags) => {
  expect(locationFlags(options, env)).toBe(flags);
});
