import { Worker } from 'node:worker_threads';
import { ArtError, messageOf } from '../../errors.ts';
import type { OnnxAnswer, OnnxRequest, OnnxTask, OnnxThreadData } from './onnx-messages.ts';

/** The thread that holds and runs networks. */
export interface OnnxThread {
  /** Whether it can still be asked. */
  readonly alive: boolean;
  /**
   * What the thread says to a task. Tasks are done one after the other.
   *
   * @throws {@link ArtError} `JUDGE_THREAD_DIED` when the thread ends before it has answered
   */
  ask(task: OnnxTask): Promise<OnnxAnswer>;
  /** Ends the thread; what it has not answered yet is rejected. */
  close(): Promise<void>;
}

/**
 * Starts the thread. It keeps the process alive only while it has something to answer.
 *
 * @param packagePath where the package onnxruntime-node lies
 */
export function startOnnxThread(packagePath: string): OnnxThread {
  // The same file is TypeScript here and JavaScript in dist/.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workerData: OnnxThreadData = { packagePath };
  const worker = new Worker(new URL(`./onnx-worker.${extension}`, import.meta.url), {
    workerData,
    // Flags such as --eval's are meant for the program, and would keep the thread from starting.
    execArgv: [],
  });
  worker.unref();

  const pending = new Map<number, { resolve(answer: OnnxAnswer): void; reject(error: unknown): void }>();
  let lastId = 0;
  let end: ArtError | undefined;

  function endWith(reason: string, cause?: unknown): void {
    end ??= new ArtError({
      code: 'JUDGE_THREAD_DIED',
      message: `The thread that runs the judges' networks has ended: ${reason}`,
      hint: 'If that happens again, the machine may be short of memory: use fewer judges, or dtype: q8.',
      cause,
    });
    for (const { reject } of pending.values()) reject(end);
    pending.clear();
  }

  worker.on('message', (answer: OnnxAnswer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (pending.size === 0) worker.unref();
    waiting?.resolve(answer);
  });
  worker.on('messageerror', (error) => endWith('its answer cannot be read', error));
  worker.on('error', (error) => endWith(messageOf(error), error));
  worker.on('exit', (code) => endWith(`it was stopped (${code})`));

  return {
    get alive() {
      return end === undefined;
    },
    ask(task) {
      if (end !== undefined) return Promise.reject(end);
      const request: OnnxRequest = { id: ++lastId, task };
      return new Promise((resolve, reject) => {
        pending.set(request.id, { resolve, reject });
        worker.ref();
        worker.postMessage(request);
      });
    },
    async close() {
      endWith('it was closed');
      await worker.terminate();
    },
  };
}
