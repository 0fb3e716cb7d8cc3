import type { IncomingMessage } from 'node:http';
import { LENGTH_REQUIRED, NOTHING_THERE, type Refusal } from './refusal.ts';

/** What is looked at of a request before anything else is done with it. */
export type GatedRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);

/** The names that a browser on this machine knows the loopback server by. */
const HOST_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** The longest address that is read. */
const LONGEST_TARGET = 4_096;

/**
 * Refuses what no page of the app would send: another host's name (a domain that somebody points at 127.0.0.1:
 * DNS rebinding), another site's page, another method, a path that tries to leave.
 *
 * @param port that the server listens on
 * @returns why it is refused, or `undefined`
 */
export function refuseRequest(request: GatedRequest, port: number): Refusal | undefined {
  return (
    refuseHost(request, port) ?? refuseOrigin(request) ?? refuseMethod(request) ?? refuseTarget(request.url)
  );
}

function refuseHost({ headers, rawHeaders }: GatedRequest, port: number): Refusal | undefined {
  const given = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const own = HOST_NAMES.some((name) => headers.host?.toLowerCase() === `${name}:${port}`);
  if (own && given.length === 1) return undefined;
  return {
    status: 403,
    code: 'WRONG_HOST',
    message: 'This server answers only under its own address.',
    hint: 'Open the link that the terminal shows.',
  };
}

function refuseOrigin({ headers, method }: GatedRequest): Refusal | undefined {
  const { origin, host } = headers;
  const refusal: Refusal = {
    status: 403,
    code: 'WRONG_ORIGIN',
    message: 'This request comes from the page of another site.',
    hint: 'Open the link that the terminal shows.',
  };
  if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`) return refusal;
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  // Another port of this machine is the "same site", and gets the cookie: only following a link is left to it.
  const followsLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return followsLink ? undefined : refusal;
}

function refuseMethod({ method, headers }: GatedRequest): Refusal | undefined {
  if (method === undefined || !METHODS.has(method)) {
    return { status: 405, code: 'WRONG_METHOD', message: 'This server answers GET and POST.' };
  }
  if (method !== 'POST') return undefined;
  // What a form of another site can send without being asked is none of these.
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? ''))
    return { status: 415, code: 'WRONG_CONTENT_TYPE', message: 'What is sent has to be application/json.' };
  const isAnnounced = headers['content-length'] !== undefined && headers['transfer-encoding'] === undefined;
  return isAnnounced ? undefined : LENGTH_REQUIRED;
}

/** Looked at as it was sent: what parses it later would resolve `..` first. */
function refuseTarget(target: string | undefined): Refusal | undefined {
  if (target === undefined || !target.startsWith('/') || target.startsWith('//')) return NOTHING_THERE;
  if (target.length > LONGEST_TARGET) {
    return { status: 414, code: 'ADDRESS_TOO_LONG', message: 'The address is too long.' };
  }
  const path = target.split(/[?#]/, 1)[0] ?? '';
  // Names of categories are people's own, so most may be encoded (no path leads to a file that is not listed);
  // control characters, and dots in disguise, nobody needs.
  if (/[^\u0021-\u007e]|\\|%(?:[01][\da-f]|7f|2e)/i.test(path)) return NOTHING_THERE;
  return path.split('/').some((part) => part === '.' || part === '..') ? NOTHING_THERE : undefined;
}
