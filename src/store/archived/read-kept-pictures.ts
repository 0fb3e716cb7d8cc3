import { sql } from 'drizzle-orm';
import type { ImageKey } from '../image-store.ts';
import { BLURRED_MEDIA_TYPE } from '../kept-picture.ts';
import type { Database } from '../open-store.ts';
import { images } from '../schema.ts';
import { hashesOf, readByCursor } from './read-rows.ts';

/**
 * The files that are left of a campaign's pictures, each once, in the order of their hashes: pictures, and blurred
 * copies of others.
 *
 * @param moment a transaction
 */
export async function* readKeptPictures(moment: Database, campaignId: string): AsyncGenerator<ImageKey> {
  const files = readByCursor(
    moment,
    sql`
      with kept as (select * from ${images} where hash in (${hashesOf(campaignId)}))
      select * from (
        select hash, media_type from kept where kept = 'full'
        union
        select kept_hash, ${BLURRED_MEDIA_TYPE} from kept where kept = 'blurred' and kept_hash is not null
      ) as files order by hash collate "C"`,
  );
  for await (const { hash, media_type: mediaType } of files)
    yield { hash: String(hash), mediaType: String(mediaType) };
}
