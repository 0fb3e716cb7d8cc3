import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { IS_LONG, SEED } from './mode.ts';
import type { CampaignRecord } from './read-campaign.ts';

/** What was counted under one fault. */
export interface Figures {
  /** Campaigns (or other things) that were put under the fault and looked at afterwards. */
  readonly cases: number;
  /** How often something was broken. */
  readonly faults: number;
  /** Sessions after the first that it took to finish. */
  readonly resumed: number;
  /** Turns, evaluation images and verdicts that were compared with those of an undisturbed run. */
  readonly turns: number;
  readonly images: number;
  readonly verdicts: number;
  /** Of these: missing, there twice, not the same. */
  readonly lost: number;
  readonly doubled: number;
  readonly changed: number;
  /** Pictures' rows without their file, files with other bytes than their name says. */
  readonly filesMissing: number;
  readonly filesWrong: number;
  /** Whole files whose row was not committed before a kill, and of these: still without a row in the end. */
  readonly orphansOnTheWay: number;
  readonly orphans: number;
}

/** The figures of a fault as they are handed on to `npm run chaos`. */
export interface TallyLine extends Figures {
  readonly fault: string;
  readonly form: 'short' | 'long';
  readonly seed: number;
  readonly seconds: number;
}

const NOTHING: Figures = {
  cases: 0,
  faults: 0,
  resumed: 0,
  turns: 0,
  images: 0,
  verdicts: 0,
  lost: 0,
  doubled: 0,
  changed: 0,
  filesMissing: 0,
  filesWrong: 0,
  orphansOnTheWay: 0,
  orphans: 0,
};

/** Keeps count for one fault. */
export class Tally {
  readonly #fault: string;
  /** From the first thing counted to the last one. */
  #begun: number | undefined;
  #ended = 0;
  #figures: Figures = NOTHING;

  constructor(fault: string) {
    this.#fault = fault;
  }

  add(more: Partial<Figures>): void {
    this.#begun ??= performance.now();
    this.#ended = performance.now();
    const sum = { ...this.#figures };
    for (const key of Object.keys(NOTHING) as (keyof Figures)[]) sum[key] += more[key] ?? 0;
    this.#figures = sum;
  }

  /**
   * Compares a campaign that went through a fault with an undisturbed one, and looks at its files. Everything has to be
   * the same, and nothing may be left without its counterpart.
   */
  expectSame(disturbed: CampaignRecord, undisturbed: CampaignRecord): void {
    const kinds = ['turns', 'images', 'verdicts'] as const;
    let [lost, doubled, changed] = [0, 0, 0];
    for (const kind of kinds) {
      for (const [place, content] of undisturbed[kind]) {
        const found = disturbed[kind].get(place);
        if (found === undefined) lost++;
        else if (found !== content) changed++;
      }
      for (const place of disturbed[kind].keys()) if (!undisturbed[kind].has(place)) changed++;
      doubled += disturbed.rows[kind] - disturbed[kind].size;
    }
    const { missing, wrong, orphans } = disturbed.files;
    const counted = {
      turns: undisturbed.turns.size,
      images: undisturbed.images.size,
      verdicts: undisturbed.verdicts.size,
      lost,
      doubled,
      changed,
      filesMissing: missing.length,
      filesWrong: wrong.length,
      orphans: orphans.length,
    };
    this.add({ cases: 1, ...counted });
    expect(disturbed.status).toBe('done');
    expect({ ...counted, unused: disturbed.unusedImages }).toEqual({
      turns: undisturbed.turns.size,
      images: undisturbed.images.size,
      verdicts: undisturbed.verdicts.size,
      lost: 0,
      doubled: 0,
      changed: 0,
      filesMissing: 0,
      filesWrong: 0,
      // The models of these campaigns draw the same again, so a picture that came before its row gets it in the end.
      orphans: 0,
      unused: 0,
    });
    expect(disturbed.report).toEqual(undisturbed.report);
  }

  get line(): TallyLine {
    return {
      fault: this.#fault,
      form: IS_LONG ? 'long' : 'short',
      seed: SEED,
      seconds: Math.round((this.#ended - (this.#begun ?? this.#ended)) / 1_000),
      ...this.#figures,
    };
  }
}

/** Keeps count of a fault in this file; `ART_CHAOS_OUT` names a folder that the figures are written to. */
export function tallyOf(fault: string): Tally {
  const tally = new Tally(fault);
  afterAll(() => {
    const folder = process.env.ART_CHAOS_OUT;
    if (folder === undefined || tally.line.cases === 0) return;
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, 'figures.jsonl'), `${JSON.stringify(tally.line)}\n`);
  });
  return tally;
}
