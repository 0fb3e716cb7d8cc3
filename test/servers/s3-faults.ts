import { random } from './faults.ts';

/** What can go wrong with one request to an object store. */
export type S3Fault =
  /** 500, nothing done. */
  | 'internal error'
  /** 503, nothing done. */
  | 'slow down'
  /** The connection is reset, nothing done. */
  | 'reset'
  /** It is done, and the connection is reset before the answer: nobody hears of it. */
  | 'unheard'
  /** The connection is reset in the middle of the request's body, nothing done. */
  | 'cut upload'
  /** Half of the answer's body, then the connection ends. */
  | 'cut download'
  /** The answer's body with one bit changed. */
  | 'damaged download'
  /** What is there is not found. */
  | 'not found'
  /** No answer ever. */
  | 'stall';

/** A request, for whoever decides what goes wrong with it. */
export interface S3FaultRequest {
  /** From 0, over all requests. */
  readonly index: number;
  readonly method: string;
  /** Empty for requests to the bucket, such as listings. */
  readonly key: string;
}

/** Says what goes wrong with which request; `undefined` for nothing. */
export type S3FaultPlan = (request: S3FaultRequest) => S3Fault | undefined;

/**
 * Faults at random, the same for the same seed and number of the request.
 *
 * @param rate the part of the requests that fail, from 0 to 1
 */
export function seededS3Faults({
  seed,
  rate,
  faults = ['internal error', 'slow down', 'reset', 'unheard', 'cut upload', 'cut download'],
}: {
  readonly seed: number;
  readonly rate: number;
  readonly faults?: readonly S3Fault[];
}): S3FaultPlan {
  return ({ index }) => {
    const [chance, choice] = [random(seed, index * 2), random(seed, index * 2 + 1)];
    return chance < rate ? faults[Math.floor(choice * faults.length)] : undefined;
  };
}

/** The first request gets the first fault, and so on; after the list everything is well. */
export function scriptedS3Faults(faults: readonly (S3Fault | undefined)[]): S3FaultPlan {
  let next = 0;
  return () => faults[next++];
}
