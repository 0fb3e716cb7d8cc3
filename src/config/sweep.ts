import type { Config, TargetConfig } from './schema.ts';

/** A setting of the target under which evaluation images are drawn. */
export interface Setting {
  /** As it is recorded, e.g. `guidance=2.5` or `size=256x256`; `null`: the campaign's own. */
  readonly name: string | null;
  /** Classifier-free guidance scale; absent: the target's own. */
  readonly guidance?: number;
  /** Width x height in pixels; absent: the target's own. */
  readonly size?: string;
}

/**
 * The settings under which every prompt is drawn: the campaign's own first, then those of its sweep, one
 * changed at a time as in Figure 3 of the paper. What equals the campaign's own is not drawn twice.
 *
 * An evaluation image's number tells its setting: `number = place of the setting × imagesPerPrompt + k`.
 */
export function settingsOf({
  sweep,
  target,
}: Pick<Config, 'sweep'> & { readonly target: Pick<TargetConfig, 'size' | 'guidance'> }): Setting[] {
  const guidance = distinct(sweep?.guidance ?? [], target.guidance);
  const size = distinct(sweep?.size ?? [], target.size);
  return [
    { name: null },
    ...guidance.map((value): Setting => ({ name: `guidance=${value}`, guidance: value })),
    ...size.map((value): Setting => ({ name: `size=${value}`, size: value })),
  ];
}

function distinct<T>(values: readonly T[], own: T | undefined): T[] {
  return [...new Set(values)].filter((value) => value !== own);
}
