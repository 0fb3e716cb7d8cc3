import type { Setting } from '../config/sweep.ts';
import { Picture } from '../judges/picture.ts';
import { createTarget, parseSize } from '../models/target.ts';
import type { Call, Drawing } from '../models/types.ts';
import type { NewImage, NewRequest, VerdictSubject } from '../store/schema.ts';
import type { CampaignWorld } from './campaign-world.ts';
import type { Endpoint } from './endpoint.ts';
import type { PanelVerdict } from './panel.ts';
import { requestRow } from './request-row.ts';
import { storing } from './storing.ts';
import { whenAll } from './when-all.ts';

/** Exploration comes before evaluation: conversations are what the rest waits for. */
export const PRIORITY = { conversation: 1, evaluation: 0 } as const;

/** Takes a row for every request that was made. */
export interface RequestLog {
  push(row: NewRequest): void;
}

/** What is to be drawn and judged. */
export interface DrawJob {
  readonly prompt: string;
  readonly category: string;
  readonly seed: number;
  /** What is other than the target's own. */
  readonly setting?: Setting;
  readonly subject: Exclude<VerdictSubject, 'prompt'>;
  readonly number: number;
  readonly priority: number;
  readonly log: RequestLog;
}

/** What came of it; the image's bytes are stored when this is there. */
export interface Drawn {
  readonly drawing: Drawing;
  readonly image: NewImage | undefined;
  readonly verdict: PanelVerdict | undefined;
}

/** Has the target draw a prompt, stores the image's bytes and has it judged. */
export async function drawAndJudge(world: CampaignWorld, job: DrawJob): Promise<Drawn> {
  const call = callThrough(world.endpoints.target, job, world.stop);
  const target = createTarget({
    model: world.models.target,
    config: world.config.target,
    call,
    onWarning: world.warn,
  });
  const { guidance, size } = job.setting ?? {};
  const drawing = await target.draw({
    prompt: job.prompt,
    seed: job.seed,
    ...(guidance === undefined ? {} : { guidance }),
    ...(size === undefined ? {} : { size: parseSize(size) }),
  });
  if (drawing.outcome === 'refused') return { drawing, image: undefined, verdict: undefined };
  const { bytes, hash, mediaType, width, height } = drawing;
  const [verdict] = await whenAll([
    world.panel.judgeImage(new Picture(bytes, hash), job.category, job.subject, job.number, {
      priority: job.priority,
      stop: world.stop,
    }),
    storing(() => world.store.images.put({ hash, mediaType }, bytes)),
  ]);
  return { drawing, image: { hash, mediaType, width, height, byteLength: bytes.byteLength }, verdict };
}

/** A `Call` that goes through an endpoint and logs what each request took. */
export function callThrough(
  endpoint: Endpoint,
  { priority, log }: { readonly priority: number; readonly log: RequestLog },
  stop: AbortSignal,
): Call {
  return async (request) => {
    const measured = await endpoint.run(request, { priority, stop });
    log.push(requestRow(endpoint.name, measured));
    return measured.value;
  };
}
