/**
 * The thread that measures one method after another: started by `measure-methods.ts`, answers each job with its score.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { type MethodWorld, measureSeed, methodWorld } from './measure-seed.ts';
import { findMethod, type MethodAnswer, type MethodJob, type MethodWorkerData } from './method-jobs.ts';

const { options, directory }: MethodWorkerData = workerData;
const worlds = new Map<string, Promise<MethodWorld>>();

async function answer({ id, method, seed }: MethodJob): Promise<MethodAnswer> {
  try {
    let world = worlds.get(method.label);
    if (world === undefined) {
      world = findMethod(method, directory).then((found) => methodWorld(found, options, directory));
      worlds.set(method.label, world);
    }
    return { id, score: await measureSeed(await world, seed, options) };
  } catch (error) {
    return { id, problem: messageOf(error) };
  }
}

parentPort?.on('message', (job: MethodJob) => {
  void answer(job).then((said) => parentPort?.postMessage(said));
});
