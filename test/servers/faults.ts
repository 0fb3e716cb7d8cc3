import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What can go wrong with one request. */
export type Fault =
  /** A status with headers and body, e.g. a 429 with `Retry-After`. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The right answer, late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** A body of so many bytes of spaces. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The connection is reset before an answer. */
  | 'reset'
  /** The headers come, then nothing, until somebody gives up. */
  | 'stall'
  /** A page of HTML with status 200, as a wrong port or a log-in page gives. */
  | 'html'
  /** Half of the right answer, then the connection ends. */
  | 'truncated'
  /** Bytes that mean nothing. */
  | 'garbage'
  /** Status 200 and no body. */
  | 'empty';

/** Says what goes wrong with which request; `undefined` for nothing. */
export type FaultPlan = (request: { readonly index: number; readonly path: string }) => Fault | undefined;

/** A 429 as most services send it. */
export function rateLimit(retryAfter: string): Fault {
  return {
    kind: 'status',
    status: 429,
    headers: { 'retry-after': retryAfter },
    body: { error: { message: 'Rate limit reached' } },
  };
}

/** The first request gets the first fault, and so on; after the list everything is well. */
export function scriptedFaults(faults: readonly (Fault | undefined)[]): FaultPlan {
  let next = 0;
  return () => faults[next++];
}

/** Every request gets the same fault. */
export function alwaysFault(fault: Fault): FaultPlan {
  return () => fault;
}

/** Faults on some paths only, counted on their own. */
export function faultsOn(path: RegExp, plan: FaultPlan): FaultPlan {
  let index = 0;
  return (request) => (path.test(request.path) ? plan({ index: index++, path: request.path }) : undefined);
}

/**
 * Faults at random, the same for the same seed and number of the request.
 *
 * @param rate the part of the requests that fail, from 0 to 1
 */
export function seededFaults({
  seed,
  rate,
  faults,
}: {
  seed: number;
  rate: number;
  faults: readonly Fault[];
}): FaultPlan {
  return ({ index }) => {
    const [chance, choice] = [random(seed, index * 2), random(seed, index * 2 + 1)];
    return chance < rate ? faults[Math.floor(choice * faults.length)] : undefined;
  };
}

/** A number from 0 to 1 for a seed and a counter: the mixing of SplitMix32. */
export function random(seed: number, counter: number): number {
  let z = (seed + Math.imul(counter + 1, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}

/**
 * Answers a request in the way of a fault.
 *
 * @param right the bytes of the right answer
 * @returns whether the request is dealt with; `false` where the right answer has yet to be sent
 */
export async function inflict(fault: Fault, response: ServerResponse, right: Buffer): Promise<boolean> {
  if (typeof fault === 'object') {
    if (fault.kind === 'slow') {
      await delay(fault.ms);
      return false;
    }
    if (fault.kind === 'huge') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(Buffer.alloc(fault.bytes, ' '));
      return true;
    }
    const { status, headers = {}, body = '' } = fault;
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
    return true;
  }
  switch (fault) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'stall':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      return true;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        '<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body>It works.</body></html>',
      );
      return true;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': right.byteLength });
      response.write(right.subarray(0, right.byteLength >> 1), () => response.socket?.end());
      return true;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(Buffer.from([0, 27, 91, 51, 49, 109, 255, 254, 7, 120, 121, 122]));
      return true;
    case 'empty':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 0 });
      response.end();
      return true;
  }
}
