import { type EmbeddingOutcome, embedPrompts } from '../campaign/embed-prompts.ts';
import type { OpenEmbedder } from '../campaign/prompt-embedder.ts';
import { messageOf } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import { countPrompts } from '../store/prompt-embeddings.ts';
import type { CampaignRow } from '../store/schema.ts';
import { busyLine } from './busy-line.ts';
import { stderrDownloads } from './download-display.ts';
import { openLog } from './log.ts';
import { type CommonOptions, locationFlags } from './options.ts';
import { formatCount } from './progress/format.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** What came of the embedding of a campaign's prompts. */
export interface EmbedStageOutcome extends EmbeddingOutcome {
  /** Of the embedder; absent where it was interrupted before its weights were there. */
  readonly embedder?: { readonly name: string; readonly revision: string };
}

/**
 * Makes the vectors of a campaign's prompts that are not there yet, with a display. Ctrl-C finishes and stores
 * what is in flight; a second one ends the process.
 *
 * @throws what the embedder or the store throws
 */
export async function embedStage(
  store: Store,
  campaign: CampaignRow,
  open: OpenEmbedder,
  options: CommonOptions,
): Promise<EmbedStageOutcome> {
  const total = await countPrompts(store.database, campaign.id);
  if (total === 0) return { status: 'done', done: 0, total, embedded: 0 };
  const stop = new AbortController();
  const downloads = stderrDownloads(options);
  const log = openLog(store.dataDir, campaign.id);
  let clear = busyLine('Loading the embedder …', options);
  const interrupt = () => {
    clear();
    if (stop.signal.aborted) {
      downloads.close();
      sayEmbedAgain('Stopped at once; nothing that was stored is lost.', campaign, options);
      process.exit(130);
    }
    stop.abort();
    if (!options.json && !options.quiet)
      process.stderr.write(
        'Stopping: what is in flight is finished and stored. Interrupt again to stop at once.\n',
      );
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const embedder = await open({
      stop: stop.signal,
      onDownload: (progress) => {
        clear();
        downloads.update(progress);
      },
      onProblem: ({ code, message }) => log.debug({ endpoint: 'embedder', code }, message),
    });
    try {
      const outcome = await embedPrompts(store.database, campaign.id, embedder, {
        stop: stop.signal,
        onProgress: ({ done }) => {
          if (stop.signal.aborted) return;
          clear();
          clear = busyLine(`Embedding prompts: ${formatCount(done)} of ${formatCount(total)} …`, options);
        },
      });
      const { name, revision } = embedder;
      return { ...outcome, embedder: { name, revision } };
    } finally {
      await embedder.close();
    }
  } catch (error) {
    if (stop.signal.aborted) return { status: 'interrupted', done: 0, total, embedded: 0 };
    log.warn(messageOf(error));
    throw error;
  } finally {
    clear();
    downloads.close();
    log.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** What was embedded, in one line: a sentence, or JSON. */
export function embeddedLine(
  { id }: CampaignRow,
  { embedder, embedded, total }: EmbedStageOutcome,
  { json }: CommonOptions,
): string {
  if (json)
    return JSON.stringify({ event: 'embedded', campaign: id, embedder: embedder ?? null, embedded, total });
  const by = embedder === undefined ? '' : ` by ${sanitizeForTerminal(embedder.name)}`;
  if (embedded === 0) {
    return total === 0 ? 'There are no prompts yet.' : `Every prompt has its vector${by} already.`;
  }
  const rest = embedded === total ? '' : `; the others were there`;
  return `Embedded ${formatCount(embedded)} of ${formatCount(total)} prompts${by}${rest}.`;
}

/** Says on stderr how to go on with the embedding. */
export function sayEmbedAgain(what: string, campaign: CampaignRow, options: CommonOptions): void {
  const again = `art embed ${campaign.id}${locationFlags(options)}`;
  const line = options.json
    ? JSON.stringify({ event: 'interrupted', campaign: campaign.id, resume: again })
    : `\n${what} Go on with:\n  ${again}`;
  process.stderr.write(`${line}\n`);
}
