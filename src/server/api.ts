import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { CampaignViews } from './campaign-views.ts';
import { parseConversationQuery } from './conversation-query.ts';
import { streamProgress } from './events.ts';
import { parseGalleryQuery } from './gallery-query.ts';
import { LARGEST_BODY, parseLabel } from './label-input.ts';
import { onceInARow } from './once-in-a-row.ts';
import type { Pictures, SentPicture } from './pictures.ts';
import { LENGTH_REQUIRED, NOTHING_THERE, type Refusal, refusalOf, TOO_LARGE } from './refusal.ts';
import { sharedLook } from './shared-look.ts';

/** What {@link createApi} answers from. */
export interface ApiOptions {
  readonly views: CampaignViews;
  readonly pictures: Pictures;
  readonly now: () => Date;
  /** How often a page that watches a campaign hears of it, at most. */
  readonly pollMs?: number;
  /** `false` once another process answers for the data: who watches then has to ask anew. */
  readonly stillHere?: () => boolean;
  /** Hears of what went wrong; the answer only says that something did. */
  readonly onProblem?: (error: unknown) => void;
}

const POLL_MS = 1_000;
const EXPORTS = [
  ['csv', 'text/csv; charset=utf-8'],
  ['jsonl', 'application/jsonl; charset=utf-8'],
] as const;
const HASH = /^[0-9a-f]{64}$/;
const IMMUTABLE = 'private, max-age=31536000, immutable';

/**
 * What the app asks for: `/api`, `/pictures` and `/thumbnails`. Who may ask is decided before: by the token,
 * or by the permissions of the socket.
 */
export function createApi({
  views,
  pictures,
  now,
  pollMs = POLL_MS,
  stillHere,
  onProblem,
}: ApiOptions): Hono {
  const api = new Hono();
  const look = sharedLook((id) => views.progress(id));
  const onStreamProblem = onceInARow(onProblem ?? (() => undefined));

  api.onError((error, context) => {
    const refusal = refusalOf(error);
    // Whoever asked may have gone in the middle of it: nothing is wrong.
    if (refusal.status === 500 && !context.req.raw.signal.aborted) onProblem?.(error);
    return refuse(context, refusal);
  });
  api.notFound((context) => refuse(context, NOTHING_THERE));
  api.use('/api/*', async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
  });

  api.get('/api/campaigns', async (context) => context.json(await views.campaigns()));
  api.get('/api/campaigns/:id/report', async (context) =>
    context.json(await views.report(context.req.param('id'))),
  );
  api.get('/api/campaigns/:id/progress', async (context) =>
    context.json(await views.progress(context.req.param('id'))),
  );
  api.get('/api/campaigns/:id/events', async (context) => {
    const id = context.req.param('id');
    // An unknown campaign is told before the stream begins.
    await views.progress(id);
    return streamProgress(context, () => look(id), {
      pollMs,
      stillHere: stillHere ?? (() => true),
      onProblem: onStreamProblem,
    });
  });
  api.get('/api/campaigns/:id/gallery', async (context) => {
    const query = parseGalleryQuery(context.req.query());
    return context.json(await views.gallery(context.req.param('id'), query));
  });
  api.get('/api/campaigns/:id/conversations', async (context) =>
    context.json(await views.conversations(context.req.param('id'))),
  );
  // The category stands behind `?`: as a part of the path a browser would take one called `..` for a step up.
  api.get('/api/campaigns/:id/conversation', async (context) => {
    const { category, number } = parseConversationQuery(context.req.query());
    return context.json(await views.conversation(context.req.param('id'), category, number));
  });
  api.post(
    '/api/campaigns/:id/labels',
    // The socket of a running campaign has no gate before it.
    async (context, next) =>
      context.req.header('content-length') === undefined ? refuse(context, LENGTH_REQUIRED) : next(),
    bodyLimit({ maxSize: LARGEST_BODY, onError: (context) => refuse(context, TOO_LARGE) }),
    async (context) => {
      const label = parseLabel(await context.req.text());
      return context.json(await views.label(context.req.param('id'), label, now()));
    },
  );

  for (const [format, contentType] of EXPORTS) {
    api.get(`/api/campaigns/:id/labels.${format}`, async (context) => {
      const id = context.req.param('id');
      const text = await views.exportLabels(id, format);
      return context.body(text, 200, {
        'Content-Type': contentType,
        'Content-Disposition': `attachment; filename="labels-${id.replaceAll(/[^\w-]/g, '_')}.${format}"`,
      });
    });
  }

  const answerPicture = async (context: Context, size: 'full' | 'thumbnail') => {
    const { campaign = '', hash = '' } = context.req.param();
    const left = HASH.test(hash) ? await views.picture(campaign, hash) : undefined;
    const sent = left === undefined ? undefined : await pictures[size](left.key);
    return sendPicture(context, sent, left?.forGood === true ? IMMUTABLE : 'no-store');
  };
  api.get('/pictures/:campaign/:hash', (context) => answerPicture(context, 'full'));
  api.get('/thumbnails/:campaign/:hash', (context) => answerPicture(context, 'thumbnail'));
  return api;
}

/** Tells why, as JSON. */
export function refuse(context: Context, { status, ...told }: Refusal): Response {
  context.header('Cache-Control', 'no-store');
  return context.json(told, status);
}

/**
 * A hash names the same bytes for ever, so they are asked for once; but where a campaign lets go of its pictures, no
 * browser is to keep them.
 */
function sendPicture(context: Context, picture: SentPicture | undefined, caching: string): Response {
  if (picture === undefined) return refuse(context, NOTHING_THERE);
  return context.body(picture.bytes, 200, {
    'Content-Type': picture.mediaType,
    'Content-Disposition': 'inline',
    'Cache-Control': caching,
  });
}
