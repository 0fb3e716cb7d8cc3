import { z } from 'zod';
import { count, sha256, text } from '../store/archived/row-values.ts';
import { ARCHIVED_TABLES, type ArchivedTable, CAMPAIGN_ID } from '../store/archived/rows.ts';
import { ArchiveError, malformed } from './archive-error.ts';

/** What an archive says that it is. */
export const FORMAT = 'art-campaign';
/** Another number, where programs that read archives have to change. */
export const SCHEMA_VERSION = 1;

export const MANIFEST_FILE = 'manifest.json';
export const PICTURE_LIST_FILE = 'pictures.jsonl';

/** The most bytes of a manifest. */
export const LARGEST_MANIFEST = 64 * 1024;

const size = z.int().min(0);
const listed = z.strictObject({ file: text, rows: size, bytes: size, sha256 });

const schema = z.strictObject({
  format: z.literal(FORMAT),
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** Of the ART that wrote it. */
  artVersion: text.max(100),
  campaign: z.strictObject({
    id: z.string().regex(CAMPAIGN_ID, 'is no id of a campaign'),
    name: text.max(1_000),
    status: text.max(100),
  }),
  /** The tables in their order. */
  tables: z.array(listed).length(ARCHIVED_TABLES.length),
  pictures: z.strictObject({
    /** Whether pictures were to be exported at all. */
    included: z.boolean(),
    count,
    /** Of all pictures together. */
    bytes: size,
    list: listed,
  }),
});

/** What an archive says of itself: what it is, and the size and SHA-256 of all that it holds. */
export type Manifest = z.output<typeof schema>;

/** What the manifest says of an entry of JSON Lines. */
export type ListedFile = z.output<typeof listed>;

const beginning = z.looseObject({ format: z.literal(FORMAT), schemaVersion: z.int().min(1) });

/** The entry that holds a table's rows. */
export function fileOf(table: ArchivedTable): string {
  return `rows/${table}.jsonl`;
}

/**
 * Checks what stands in a manifest.
 *
 * @throws ArchiveError `ARCHIVE_NEWER`, `ARCHIVE_MALFORMED`
 */
export function checkManifest(value: unknown): Manifest {
  const begun = beginning.safeParse(value);
  if (!begun.success) throw malformed(`its ${MANIFEST_FILE} is not that of an archive of a campaign.`);
  const { schemaVersion } = begun.data;
  if (schemaVersion > SCHEMA_VERSION) {
    throw new ArchiveError({
      code: 'ARCHIVE_NEWER',
      message: `The archive was written by a newer version of ART (format ${schemaVersion}, this one knows ${SCHEMA_VERSION}).`,
      hint: 'Update ART.',
      data: { schemaVersion },
    });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw malformed(`its ${MANIFEST_FILE} cannot be: ${firstIssue(parsed.error)}`);
  const manifest = parsed.data;
  const names = [...manifest.tables, manifest.pictures.list].map(({ file }) => file);
  const expected = [...ARCHIVED_TABLES.map(fileOf), PICTURE_LIST_FILE];
  if (names.join() !== expected.join())
    throw malformed(`its ${MANIFEST_FILE} names other files than those of a campaign.`);
  return manifest;
}

/** The first thing that is wrong, with its place. */
export function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  const path = issue?.path.map(String).join('.') ?? '';
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'it is wrong'}`.slice(0, 200);
}
