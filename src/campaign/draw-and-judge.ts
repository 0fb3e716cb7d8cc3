import type { Setting } from '../config/sweep.ts';
import { Picture } from '../judges/picture.ts';
import { createTarget, parseSize } from '../models/target.ts';
import type { Call, Drawing } from '../models/types.ts';
import type { CampaignRow, NewImage, NewRequest, VerdictSubject } from '../store/schema.ts';
import { observeRequest } from '../telemetry/observe-request.ts';
import type { CampaignWorld } from './campaign-world.ts';
import type { Endpoint } from './endpoint.ts';
import type { PanelVerdict } from './panel.ts';
import type { JobKind } from './queue.ts';
import { requestRow } from './request-row.ts';
import { keepPicture } from './retention.ts';
import { whenAll } from './when-all.ts';

/**
 * What goes first at an endpoint: a campaign with a higher priority; within one exploration before evaluation, for
 * conversations are what the rest waits for.
 */
export function priorityOf({ priority }: Pick<CampaignRow, 'priority'>, kind: JobKind): number {
  return 2 * priority + (kind === 'conversation' ? 1 : 0);
}

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

/** What came of it; the image's bytes are stored when this is there, as far as the campaign keeps them. */
export interface Drawn {
  readonly drawing: Drawing;
  readonly image: NewImage | undefined;
  readonly verdict: PanelVerdict | undefined;
}

/** Has the target draw a prompt, stores what is to be kept of the image and has it judged. */
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
  const [verdict, kept] = await whenAll([
    world.panel.judgeImage(new Picture(bytes, hash), job.category, job.subject, job.number, {
      priority: job.priority,
      stop: world.stop,
    }),
    keepPicture(world, job.subject, { key: { hash, mediaType }, bytes }),
  ]);
  const image = { hash, mediaType, width, height, byteLength: bytes.byteLength, ...kept };
  return { drawing, image, verdict };
}

/** A `Call` that goes through an endpoint and logs what each request took. */
export function callThrough(
  endpoint: Endpoint,
  { priority, log }: { readonly priority: number; readonly log: RequestLog },
  stop: AbortSignal,
): Call {
  return async (request) => {
    const measured = await observeRequest(endpoint.name, () => endpoint.run(request, { priority, stop }));
    log.push(requestRow(endpoint.name, measured));
    return measured.value;
  };
}
