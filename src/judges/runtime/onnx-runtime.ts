import { ArtError } from '../../errors.ts';
import { requireOptional } from '../optional-packages.ts';
import type { ModelFile } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';
import type { JudgeRuntime, NetworkSession, NetworkTensor } from './judge-runtime.ts';
import type { LoadedNetwork, OnnxFailure } from './onnx-messages.ts';
import { type OnnxThread, startOnnxThread } from './onnx-thread.ts';

/** The versions that we tried. */
const PACKAGES = { 'onnxruntime-node': '^1.30.0' };

/** A network in one thread; in another it has to be loaded anew. */
interface Loaded extends LoadedNetwork {
  readonly thread: OnnxThread;
}

/**
 * Where the judges of one campaign share loaded networks. Nothing is loaded before it is asked for; all
 * networks live in one thread, which runs them one after the other, each on all cores. A thread that has
 * died rejects what it was asked, and the next use starts another.
 *
 * @param configDir the folder of the configuration: the user's packages are looked up from it
 * @param start starts the thread; for tests
 */
export function createJudgeRuntime(
  configDir: string,
  start: (packagePath: string) => OnnxThread = startOnnxThread,
): JudgeRuntime {
  let thread: OnnxThread | undefined;
  let closed = false;
  const networks = new Map<string, Promise<Loaded>>();
  const made = new Map<string, Promise<unknown>>();

  function currentThread(neededBy: string): OnnxThread {
    if (closed) {
      throw new ArtError({
        code: 'JUDGE_RUNTIME_CLOSED',
        message: `${neededBy} was asked after the judges had been closed`,
      });
    }
    if (thread?.alive) return thread;
    const modules = ['onnxruntime-node'];
    const load = requireOptional(PACKAGES, modules, neededBy, configDir);
    thread = start(load.resolve('onnxruntime-node'));
    return thread;
  }

  async function load(file: ModelFile, neededBy: string): Promise<Loaded> {
    const at = currentThread(neededBy);
    const answer = await at.ask({ kind: 'load', path: file.path });
    if (answer.kind === 'loaded') return { ...answer.network, thread: at };
    throw failureOf(answer.kind === 'failed' ? answer.failure : undefined, file, neededBy);
  }

  /** The network in the thread of now. */
  async function loaded(file: ModelFile, neededBy: string): Promise<Loaded> {
    const before = networks.get(file.path);
    if (before !== undefined) {
      const network = await before;
      if (network.thread.alive && !closed) return network;
      if (networks.get(file.path) === before) networks.delete(file.path);
    }
    return once(networks, file.path, () => load(file, neededBy));
  }

  return {
    async session(file, neededBy) {
      const { inputNames, outputNames } = await loaded(file, neededBy);
      const session: NetworkSession = {
        inputNames,
        outputNames,
        async run(inputs) {
          checkInputs(inputNames, inputs, file, neededBy);
          const network = await loaded(file, neededBy);
          const answer = await network.thread.ask({ kind: 'run', session: network.session, inputs });
          if (answer.kind === 'ran') return answer.outputs;
          throw failureOf(answer.kind === 'failed' ? answer.failure : undefined, file, neededBy);
        },
      };
      return session;
    },
    shared<T>(key: string, make: () => Promise<T>) {
      // A key stands for one kind of thing: whoever asks for it names the same maker.
      return once(made, key, make) as Promise<T>;
    },
    async close() {
      closed = true;
      networks.clear();
      made.clear();
      await thread?.close();
    },
  };
}

/** What was made for the key, or is being made; what failed is forgotten. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = made.get(key);
  if (before !== undefined) return before;
  const making = make();
  made.set(key, making);
  making.catch(() => {
    if (made.get(key) === making) made.delete(key);
  });
  return making;
}

function checkInputs(
  inputNames: readonly string[],
  inputs: Readonly<Record<string, NetworkTensor>>,
  file: ModelFile,
  neededBy: string,
): void {
  const given = Object.keys(inputs);
  if (given.length === inputNames.length && given.every((name) => inputNames.includes(name))) return;
  throw new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${file.path} is another kind of network: it takes ${inputNames.join(', ')}, and it would get ${given.join(', ')}`,
    hint: 'Is that a model of prompts where one of images is needed, or the other way round?',
    data: { file: file.path, takes: inputNames, given },
  });
}

/** What the thread says in the words of ONNX Runtime, in ours. */
function failureOf(failure: OnnxFailure | undefined, file: ModelFile, neededBy: string): ArtError {
  const said = (failure?.message ?? 'no answer').replaceAll(/\s+/g, ' ').trim().slice(0, 500);
  const data = { file: file.path, sha256: file.sha256, said };
  if (failure === undefined || failure.at === 'package') {
    return new ArtError({
      code: 'ONNX_RUNTIME_UNUSABLE',
      message: `${neededBy}: the installed onnxruntime-node cannot be used: ${said}`,
      hint: 'npm install onnxruntime-node@^1.30.0',
      data,
    });
  }
  if (/alloc|out of memory/i.test(said)) {
    return new ArtError({
      code: 'OUT_OF_MEMORY',
      message: `${neededBy}: there is not enough memory to run ${file.path}: ${said}`,
      hint: 'Use a smaller dtype (fp16, q8) or fewer judges.',
      data,
    });
  }
  return failure.at === 'load'
    ? new WeightsError({
        code: 'WEIGHTS_UNREADABLE',
        message: `${neededBy}: ${file.path} cannot be read as an ONNX network: ${said}`,
        hint: 'Fetch or export the file anew; weights kept in a second file (.onnx_data) have to lie beside it.',
        data,
      })
    : new WeightsError({
        code: 'WRONG_ARCHITECTURE',
        message: `${neededBy}: ${file.path} does not take these inputs: ${said}`,
        hint: 'The network has another size or purpose than its configuration files say.',
        data,
      });
}
