import type { Command } from 'commander';
import { blurredCopy } from '../../campaign/retention.ts';
import { storing } from '../../campaign/storing.ts';
import { counted } from '../../report/figures.ts';
import { claimImages, moveImages } from '../../store/claim-images.ts';
import { collectGarbage, type FileCount, type Garbage } from '../../store/collect-garbage.ts';
import { busyLine } from '../busy-line.ts';
import { formatBytes } from '../byte-size.ts';
import { artCommand, type CommonOptions, requireStore } from '../options.ts';
import { parseDuration } from '../parse-duration.ts';
import { formatDuration } from '../progress/format.ts';
import { interruptible } from './judges/interruptible.ts';

interface GcOptions extends CommonOptions {
  readonly dryRun?: boolean;
  /** Milliseconds. */
  readonly olderThan: number;
  readonly force?: boolean;
  readonly moved?: boolean;
}

const HOUR_MS = 3_600_000;

/** `art gc`: removes images that nothing refers to. */
export function gcCommand(): Command {
  return artCommand('gc')
    .summary('remove images that nothing refers to')
    .description(
      'Removes images that no campaign refers to or keeps, in the folder or the object store, what crashes have left, and cached vectors of these images. May be run while campaigns run: what is younger than an hour is left alone, and nothing that somebody is just storing is lost.',
    )
    .option('--dry-run', 'only say what would be removed')
    .option('--older-than <time>', 'leave alone what is younger, e.g. 30min, 2d', parseDuration, HOUR_MS)
    .option('--moved', 'take --images for the place that the images have been moved to, if all are there')
    .option('--force', 'also where the database knows nothing of most of the images')
    .action(collect);
}

async function collect(options: GcOptions): Promise<void> {
  const store = await requireStore(options, 'gc');
  try {
    if (options.moved) {
      await storing(() => moveImages(store));
      process.stdout.write(
        `The pictures of ${store.location} are in ${store.images.location} from now on.\n`,
      );
      return;
    }
    await storing(() => claimImages(store));
    const done = busyLine(`Looking through ${store.images.location} …`, options);
    const outcome = await interruptible((signal) =>
      collectGarbage(store, {
        blur: blurredCopy,
        graceMs: options.olderThan,
        now: Date.now,
        dryRun: options.dryRun ?? false,
        force: options.force ?? false,
        signal,
      }),
    ).finally(done);
    if (outcome.interrupted) {
      process.stderr.write(
        options.json
          ? '{"event":"interrupted"}\n'
          : 'Interrupted; what was not removed is removed the next time.\n',
      );
      process.exitCode = 130;
      return;
    }
    tell(outcome.result, store.images.location, options);
  } finally {
    await store.close();
  }
}

function tell(garbage: Garbage, location: string, { json, dryRun = false, olderThan }: GcOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ dryRun, location, ...garbage })}\n`);
    return;
  }
  const { images, drafts, rows, embeddings, young, kept } = garbage;
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const removed = [
    sized(images, 'image'),
    ...(drafts.count === 0 ? [] : [sized(drafts, 'unfinished file')]),
    ...(rows === 0 ? [] : [`${counted(rows, 'row')} of images that nothing refers to`]),
    ...(embeddings === 0 ? [] : [`${counted(embeddings, 'cached vector')} of images`]),
  ];
  say(`${dryRun ? 'Would remove' : 'Removed'} ${removed.join(', ')} from ${location}.`);
  say(`${sized(kept, 'image')} ${kept.count === 1 ? 'stays' : 'stay'}.`);
  if (young.count > 0) {
    say(
      `${sized(young, 'file')} that nothing refers to, younger than ${formatDuration(olderThan / 1_000)}: left alone, for somebody may be about to.`,
    );
  }
}

function sized({ count, bytes }: FileCount, what: string): string {
  return `${counted(count, what)} (${formatBytes(bytes)})`;
}
