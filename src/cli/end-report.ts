import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtError, messageOf } from '../errors.ts';
import { type FileNote, writeHtml } from '../report/html/write-html.ts';
import type { ReportModel } from '../report/report-model.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { busyLine } from './busy-line.ts';
import { sayFileNote } from './file-note.ts';
import type { CommonOptions } from './options.ts';
import { sanitizeForTerminal } from './sanitize.ts';

/** The option of the commands that work on a campaign. */
export interface EndReportOptions {
  /** `--no-report` leaves the file out. */
  readonly report?: boolean;
}

/** Fewer pictures than `art report --format html` takes: nobody should wait for them at the end of a run. */
const PICTURES = 400;

/**
 * Writes the single-file report of a campaign into its data folder, `reports/<campaign>.html`.
 *
 * The campaign is done and stored by then: whatever goes wrong is told and ends nothing.
 *
 * What it leaves out it says itself; only that it is too large to be mailed is told on stderr.
 *
 * @returns the file; `undefined` where none was written
 */
export async function writeEndReport(
  store: Store,
  campaign: CampaignRow,
  report: ReportModel,
  options: CommonOptions & EndReportOptions,
): Promise<string | undefined> {
  if (options.report === false) return undefined;
  const done = busyLine('Writing the report …', options);
  try {
    const problems: FileNote[] = [];
    const onNote = (note: FileNote) => {
      if (note.kind === 'too large') problems.push(note);
    };
    const source = { reports: [report], campaigns: [campaign], store, onNote };
    const html = await writeHtml(source, { pictures: PICTURES });
    const folder = join(store.dataDir, 'reports');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${campaign.id}.html`);
    // Whole or not at all: somebody may have the last one open.
    writeFileSync(`${file}.draft`, html);
    renameSync(`${file}.draft`, file);
    done();
    for (const problem of problems) sayFileNote(problem, options);
    return file;
  } catch (error) {
    const hint = error instanceof ArtError ? error.hint : undefined;
    const why = [messageOf(error), hint].filter((part) => part !== undefined).join(' ');
    done();
    sayNoReport(sanitizeForTerminal(`No report in HTML was written: ${why}`, 600), options);
    return undefined;
  } finally {
    done();
  }
}

function sayNoReport(message: string, { json }: CommonOptions): void {
  process.stderr.write(json ? `${JSON.stringify({ event: 'problem', message })}\n` : `problem: ${message}\n`);
}
