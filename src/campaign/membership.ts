import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf } from '../errors.ts';
import { chainOf } from '../store/disk-full.ts';
import {
  bookRequest,
  freeSlots,
  makeSlots,
  pauseEndpoint,
  pauseLeft,
  takeSlots,
} from '../store/endpoint-slots.ts';
import { type Notices, openNotices } from '../store/notices.ts';
import type { Database, Store } from '../store/open-store.ts';
import { beat, dismissWorker, listWorkersOf, type NewWorker, presentWorker } from '../store/workers.ts';
import { ART_VERSION } from '../version.ts';
import type { EndpointName } from './endpoint.ts';
import { inTime } from './in-time.ts';
import { SharedSlots } from './shared-slots.ts';
import type { SlotSource } from './slot-source.ts';

/** How a process takes part. */
export interface MembershipOptions {
  /** Its name among the workers; default: a new one. */
  readonly id?: string;
  /** Which command it is, e.g. `worker`. */
  readonly command: string;
  /** What it takes; `{}`: everything. */
  readonly serves: NewWorker['serves'];
  /** Hears of heartbeats that failed and of notices that are not heard; nothing is lost by it. */
  readonly onProblem: (message: string) => void;
  /** Default: 5 s. */
  readonly heartbeatMs?: number;
}

/** What the slots of an endpoint follow from. */
export interface SharedEndpoint {
  readonly provider: string;
  readonly baseURL?: string | undefined;
  readonly model?: string | undefined;
  readonly concurrency: number;
  readonly requestsPerMinute?: number | undefined;
}

const HEARTBEAT_MS = 5_000;
/** A heartbeat that takes longer is on a connection that leads nowhere: the next one gets another. */
const BEAT_PATIENCE_MS = 10_000;
/** How long a slot stays its holder's without a heartbeat. */
const LEASE_SECONDS = 30;
/** So much earlier a worker takes its slots for lost: it may have heard of them late. */
const MARGIN_MS = 5_000;

/**
 * This process among those that work on the campaigns of one PostgreSQL database: it says that it is alive, and shares
 * the limits of endpoints with the others.
 */
export class Membership {
  readonly id: string;
  readonly #database: Database;
  readonly #worker: NewWorker;
  readonly #options: MembershipOptions;
  readonly #notices: Notices;
  readonly #timer: NodeJS.Timeout;
  readonly #slots = new Set<SharedSlots>();
  /** What each campaign says that it is doing. */
  readonly #doing = new Map<string, () => Readonly<Record<string, unknown>>>();
  #heardAt = performance.now();
  #beating: Promise<void> = Promise.resolve();
  #beatsDue = 0;
  #parts = 0;
  draining = false;

  private constructor(database: Database, worker: NewWorker, notices: Notices, options: MembershipOptions) {
    this.id = worker.id;
    this.#database = database;
    this.#worker = worker;
    this.#options = options;
    this.#notices = notices;
    this.#timer = setInterval(() => this.#beatSoon(), options.heartbeatMs ?? HEARTBEAT_MS);
  }

  /** Joins the workers of a store; `undefined` for an embedded one, where nobody else can be. */
  static async join(store: Store, options: MembershipOptions): Promise<Membership | undefined> {
    if (store.queueConnection.backend === 'pglite') return undefined;
    const worker = {
      id: options.id ?? newWorkerId(),
      command: options.command,
      host: hostname(),
      pid: process.pid,
      artVersion: ART_VERSION,
      serves: options.serves,
    };
    await presentWorker(store.database, worker);
    const notices = await openNotices(store.queueConnection.connectionString, options.onProblem);
    return new Membership(store.database, worker, notices, options);
  }

  /** Milliseconds since the database last knew of this worker. */
  get silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  /** Has heartbeats tell what a campaign is doing, the first at once; gives back what ends that. */
  tell(campaignId: string, doing: () => Readonly<Record<string, unknown>>): () => void {
    this.#doing.set(campaignId, doing);
    this.#beatSoon();
    return () => {
      this.#doing.delete(campaignId);
      this.#beatSoon();
    };
  }

  /** Whether other workers that are alive work on a campaign. */
  async othersWorkOn(campaignId: string): Promise<boolean> {
    const workers = await listWorkersOf(this.#database, campaignId);
    return workers.some(({ id, draining }) => id !== this.id && !draining);
  }

  /**
   * Slots of an endpoint that all workers share.
   *
   * @returns `undefined` for models in this process, which have no server that could be overrun
   */
  slotsFor(name: EndpointName, endpoint: SharedEndpoint): SharedSlots | undefined {
    if (endpoint.provider === 'sandbox') return undefined;
    const slots = new SharedSlots(this.#sourceFor(name, endpoint), {
      concurrency: endpoint.concurrency,
      paced: endpoint.requestsPerMinute !== undefined,
      now: () => performance.now(),
      onProblem: (error) => this.#options.onProblem(`Slots of the ${name} cannot be had: ${causeOf(error)}`),
    });
    this.#slots.add(slots);
    return slots;
  }

  /** Gives slots back that are no longer needed. */
  async release(slots: Iterable<SharedSlots>): Promise<void> {
    for (const one of slots) {
      this.#slots.delete(one);
      await one.close();
    }
  }

  /** Leaves: what it held is free at once. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.release([...this.#slots]);
    try {
      await dismissWorker(this.#database, this.id);
    } catch (error) {
      this.#options.onProblem(`The database could not be told that this worker has left: ${causeOf(error)}`);
    }
    await this.#notices.close();
  }

  /** Until when the slots that are held are surely this worker's own. */
  get #ownedUntil(): number {
    return this.#heardAt + LEASE_SECONDS * 1_000 - MARGIN_MS;
  }

  /** One heartbeat after the other: one more at most waits for one that is slow. */
  #beatSoon(): void {
    if (this.#beatsDue >= 2) return;
    this.#beatsDue++;
    this.#beating = this.#beating
      .then(() => this.#beat())
      .finally(() => {
        this.#beatsDue--;
      });
  }

  async #beat(): Promise<void> {
    const begun = performance.now();
    const holders = [...this.#slots].flatMap(({ held }) => held.map(({ holder }) => holder));
    const doing = Object.fromEntries([...this.#doing].map(([campaign, tell]) => [campaign, tell()]));
    try {
      const told = { doing, draining: this.draining, holders };
      const known = await inTime(BEAT_PATIENCE_MS, () => beat(this.#database, this.id, told, LEASE_SECONDS));
      // Taken for dead and forgotten, e.g. after a day of suspension.
      if (!known) await presentWorker(this.#database, this.#worker);
      // They may have been somebody else's in between.
      if (performance.now() >= this.#ownedUntil) for (const slots of this.#slots) slots.lapse();
      this.#heardAt = begun;
    } catch (error) {
      this.#options.onProblem(`The database did not take a heartbeat: ${causeOf(error)}`);
    }
  }

  #sourceFor(name: EndpointName, config: SharedEndpoint): SlotSource {
    const database = this.#database;
    const endpoint = endpointKey(name, config);
    const worker = this.id;
    const part = ++this.#parts;
    const speaker = `${worker}/${part}`;
    let takings = 0;
    const ownedUntil = () => this.#ownedUntil;
    const notices = this.#notices;
    const note = (error: unknown) =>
      this.#options.onProblem(`The pace of the ${name} is not shared: ${causeOf(error)}`);
    const { concurrency, requestsPerMinute } = config;
    const spacingMs = requestsPerMinute === undefined ? 0 : 60_000 / requestsPerMinute;
    let made: Promise<void> | undefined;
    return {
      speaker,
      async take(count) {
        made ??= makeSlots(database, endpoint, concurrency);
        await made.catch((error: unknown) => {
          made = undefined;
          throw error;
        });
        const taking = `${part}.${++takings}`;
        return takeSlots(database, {
          endpoint,
          concurrency,
          worker,
          taking,
          count,
          leaseSeconds: LEASE_SECONDS,
        });
      },
      free: (slots, to) =>
        freeSlots(database, slots, { endpoint, worker: speaker, ...(to === undefined ? {} : { to }) }),
      book: () => bookRequest(database, endpoint, spacingMs),
      get ownedUntil() {
        return ownedUntil();
      },
      send(notice) {
        notices.send({ ...notice, endpoint, worker: speaker });
        if (notice.kind === 'pause') {
          pauseEndpoint(database, endpoint, notice.pauseMs ?? 0).catch(note);
        }
      },
      listen(listener) {
        // A worker that joins while the endpoint wants to be left alone has not heard of it.
        pauseLeft(database, endpoint).then((pauseMs) => {
          if (pauseMs > 0) listener({ kind: 'pause', endpoint, worker: '', pauseMs });
        }, note);
        return notices.listen((notice) => {
          if (notice.endpoint === endpoint && notice.worker !== speaker) listener(notice);
        });
      },
    };
  }
}

/** What went wrong, without the statement and its values. */
function causeOf(error: unknown): string {
  return messageOf(chainOf(error).at(-1));
}

/** A name that no other process has. */
export function newWorkerId(): string {
  return `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
}

/** What the limits of an endpoint belong to: the same model at the same address in the same part. */
export function endpointKey(name: EndpointName, { provider, baseURL, model }: SharedEndpoint): string {
  return [name, provider, (baseURL ?? '').replace(/\/+$/, ''), model ?? ''].join(' ');
}
