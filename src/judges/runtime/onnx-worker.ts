/**
 * The thread that runs networks: onnxruntime-node computes synchronously, so it has to do that away
 * from the event loop that everything else lives on.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type * as OnnxRuntime from 'onnxruntime-node';
import { fromHalfFloats, toHalfFloats } from './half-floats.ts';
import type { NetworkTensor } from './judge-runtime.ts';
import type {
  LoadedNetwork,
  OnnxAnswer,
  OnnxFailure,
  OnnxOutputs,
  OnnxRequest,
  OnnxTask,
  OnnxThreadData,
} from './onnx-messages.ts';

// onnxruntime-node cannot read a Float16Array; where there is none it takes the bits.
Reflect.deleteProperty(globalThis, 'Float16Array');

const { packagePath }: OnnxThreadData = workerData;
const sessions: OnnxRuntime.InferenceSession[] = [];
let runtime: typeof OnnxRuntime | undefined;

/** The task before: they are done one after the other, for each network takes all cores. */
let last = Promise.resolve();

parentPort?.on('message', ({ id, task }: OnnxRequest) => {
  last = last.then(async () => parentPort?.postMessage(await answerTo(id, task)));
});

async function answerTo(id: number, task: OnnxTask): Promise<OnnxAnswer> {
  let at: OnnxFailure['at'] = 'package';
  try {
    runtime ??= loadRuntime();
    at = task.kind;
    return task.kind === 'load'
      ? { id, kind: 'loaded', network: await load(runtime, task.path) }
      : { id, kind: 'ran', outputs: await run(runtime, task.session, task.inputs) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, kind: 'failed', failure: { at, message } };
  }
}

function loadRuntime(): typeof OnnxRuntime {
  const loaded: typeof OnnxRuntime = createRequire(packagePath)(packagePath);
  // What goes wrong is thrown as well; the rest would be written over the progress display.
  loaded.env.logLevel = 'fatal';
  return loaded;
}

async function load(ort: typeof OnnxRuntime, path: string): Promise<LoadedNetwork> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 });
  const { inputNames, outputNames } = session;
  return { session: sessions.push(session) - 1, inputNames, outputNames };
}

async function run(
  ort: typeof OnnxRuntime,
  number: number,
  inputs: Readonly<Record<string, NetworkTensor>>,
): Promise<OnnxOutputs> {
  const session = sessions[number];
  if (session === undefined) throw new Error(`there is no session ${number}`);
  const wanted = new Map(
    session.inputMetadata.map((input) => [input.name, input.isTensor ? input.type : undefined]),
  );
  const feeds: Record<string, OnnxRuntime.Tensor> = {};
  for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toOnnx(ort, tensor, wanted.get(name));
  const outputs: Record<string, NetworkTensor> = {};
  for (const [name, value] of Object.entries(await session.run(feeds))) {
    const tensor = fromOnnx(value);
    if (tensor !== undefined) outputs[name] = tensor;
  }
  return outputs;
}

/** The tensor in the number format that the network takes, where there is a harmless conversion. */
function toOnnx(
  { Tensor }: typeof OnnxRuntime,
  { type, data, dims }: NetworkTensor,
  wanted: string | undefined,
): OnnxRuntime.Tensor {
  if (type === 'int64') {
    return wanted === 'int32'
      ? new Tensor('int32', Int32Array.from(data, Number), dims)
      : new Tensor('int64', data, dims);
  }
  return wanted === 'float16'
    ? new Tensor('float16', toHalfFloats(data), dims)
    : new Tensor('float32', data, dims);
}

/** Every number format as float32 or int64; `undefined` for strings. */
function fromOnnx({ type, data, dims }: OnnxRuntime.Tensor): NetworkTensor | undefined {
  if (data instanceof BigInt64Array) return { type: 'int64', data, dims };
  if (data instanceof Int32Array) return { type: 'int64', data: BigInt64Array.from(data, BigInt), dims };
  if (data instanceof Float32Array) return { type: 'float32', data, dims };
  if (data instanceof Float64Array) return { type: 'float32', data: Float32Array.from(data), dims };
  if (type === 'float16' && data instanceof Uint16Array)
    return { type: 'float32', data: fromHalfFloats(data), dims };
  return undefined;
}
