import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { Refusal } from './refusal.ts';

/** Who may look: whoever has the token of the start link. */
export interface Access {
  /** 32 random bytes as base64url; of this process alone. */
  readonly token: string;
  /** Cookies are shared by all ports of a host, so each server has its own name for one. */
  readonly port: number;
}

/**
 * The link that lets a browser in.
 *
 * @param campaign that the pages begin with; not behind `#`, where it would get lost with the token
 */
export function startLink({ token, port }: Access, campaign?: string): string {
  const page = campaign === undefined ? '' : `&campaign=${encodeURIComponent(campaign)}`;
  return `http://127.0.0.1:${port}/?token=${token}${page}`;
}

/**
 * Lets nobody in without the token: as `?token=` of the start link, which becomes a cookie; as that cookie; or
 * as `Authorization: Bearer`, for programs.
 */
export function requireAccess(access: Access): MiddlewareHandler {
  const cookie = `art-view-${access.port}`;
  return async (context, next) => {
    const given =
      context.req.method === 'GET' && context.req.path === '/' ? context.req.query('token') : undefined;
    if (given !== undefined) {
      if (!isToken(given, access)) return notLetIn(context);
      setCookie(context, cookie, access.token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      context.header('Cache-Control', 'no-store');
      return welcome(context);
    }
    const bearer = /^Bearer ([\w-]+)$/.exec(context.req.header('Authorization') ?? '')?.[1];
    if (isToken(getCookie(context, cookie), access) || isToken(bearer, access)) return next();
    return notLetIn(context);
  };
}

/** Goes on without the token, so that it stays in no history. */
function welcome(context: Context) {
  const campaign = context.req.query('campaign');
  const page = campaign === undefined ? '/' : `/#/?campaign=${encodeURIComponent(campaign)}`;
  const site = context.req.header('Sec-Fetch-Site');
  if (site === undefined || site === 'none' || site === 'same-origin') return context.redirect(page, 303);
  // A browser that comes from another page would keep the cookie back at a redirect; not where our own page leads on.
  return context.html(
    html`<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${page}"><title>ART</title><a href="${page}">Go on</a></html>`,
  );
}

/** In time that says nothing of how much of it was right. */
function isToken(given: string | undefined, { token }: Access): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

const NOT_LET_IN: Refusal = {
  status: 401,
  code: 'TOKEN_NEEDED',
  message: 'This page needs the link that the terminal shows.',
  hint: 'Open the link that art view has printed. It holds a token, which changes when art view is started again.',
};

function notLetIn(context: Context) {
  const { status, code, message, hint } = NOT_LET_IN;
  context.header('Cache-Control', 'no-store');
  context.header('WWW-Authenticate', 'Bearer realm="art view"');
  const wantsPage =
    /^(?:GET|HEAD)$/.test(context.req.method) && (context.req.header('Accept') ?? '').includes('text/html');
  if (!wantsPage) return context.json({ code, message, hint }, status);
  return context.html(
    html`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ART: token needed</title><main><h1>${message}</h1><p>${hint}</p></main></html>`,
    status,
  );
}
