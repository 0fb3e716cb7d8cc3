import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ArtError, messageOf } from '../errors.ts';
import { methodWorld, type YardstickOptions } from './measure-seed.ts';
import {
  findMethod,
  type Method,
  type MethodAnswer,
  type MethodJob,
  type MethodWorkerData,
} from './method-jobs.ts';
import { type MethodScore, type SeedScore, scoreMethods } from './method-scores.ts';

/** What is measured. */
export interface MeasureMethodsOptions extends YardstickOptions {
  readonly methods: readonly Method[];
  readonly seeds: readonly number[];
  /** The method that the others are compared with. */
  readonly against?: string | undefined;
  /** The folder that relative names start from. */
  readonly directory: string;
  /** Threads; default: as many as the machine has processors. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Hears of every job that is done. */
  onProgress?(done: number, of: number): void;
}

/**
 * Measures methods on the sandbox, whose truth is known: each with the same budget of requests and the same seeds. The
 * figures do not depend on the number of threads.
 *
 * @throws {@link ConfigurationError} for a method or a size that cannot be; {@link ArtError} `METHOD_FAILED` when a strategy or a thread fails; the signal's reason when it is aborted
 */
export async function measureMethods(options: MeasureMethodsOptions): Promise<MethodScore[]> {
  const { methods, seeds, budget, rounds, size, directory, signal } = options;
  // Seed by seed, so that all methods have come equally far whenever one looks.
  const jobs: MethodJob[] = seeds
    .flatMap((seed) => methods.map((method) => ({ method, seed })))
    .map((job, id) => ({ ...job, id }));
  const scores = new Map<number, SeedScore>();
  // What is wrong with a method or a size is said before anything is measured.
  for (const method of methods) await methodWorld(await findMethod(method, directory), options, directory);
  const workerData: MethodWorkerData = { options: { budget, rounds, size }, directory };
  const threads = Math.min(jobs.length, options.threads ?? availableParallelism());
  let next = 0;
  const workers: Worker[] = [];
  try {
    await Promise.all(
      Array.from({ length: threads }, async () => {
        const worker = startWorker(workerData);
        workers.push(worker);
        for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
          scores.set(job.id, await ask(worker, job, signal));
          options.onProgress?.(scores.size, jobs.length);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  const measured = new Map(
    methods.map(({ label }) => [
      label,
      jobs.flatMap(({ id, method }) => (method.label === label ? (scores.get(id) ?? []) : [])),
    ]),
  );
  return scoreMethods(measured, options.against);
}

function startWorker(workerData: MethodWorkerData): Worker {
  // The same file is TypeScript here and JavaScript in dist/.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./method-worker.${extension}`, import.meta.url), { workerData, execArgv: [] });
}

function ask(worker: Worker, job: MethodJob, signal: AbortSignal | undefined): Promise<SeedScore> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string, cause?: unknown) =>
      reject(
        new ArtError({
          code: 'METHOD_FAILED',
          message: `${job.method.label}, seed ${job.seed}: ${problem}`,
          hint: 'The other methods can be measured without it: --methods.',
          data: { method: job.method.label, seed: job.seed },
          cause,
        }),
      );
    const onMessage = (answer: MethodAnswer) => {
      cleanUp();
      if ('score' in answer) resolve(answer.score);
      else fail(answer.problem);
    };
    const onError = (error: unknown) => {
      cleanUp();
      fail(messageOf(error), error);
    };
    const onExit = (code: number) => {
      cleanUp();
      fail(`its thread ended (${code})`);
    };
    const onAbort = () => {
      cleanUp();
      reject(signal?.reason);
    };
    const cleanUp = () => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort);
    worker.postMessage(job);
  });
}
