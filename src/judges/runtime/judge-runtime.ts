import type { ModelFile } from '../weights/model-files.ts';

/** A tensor that goes into a network or comes out of it. */
export type NetworkTensor =
  | { readonly type: 'float32'; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly dims: readonly number[] };

/** An ONNX network, loaded in a thread of its own, so that the event loop stays free. */
export interface NetworkSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the network once. Half-precision outputs come back as float32.
   *
   * @throws {@link WeightsError} `WRONG_ARCHITECTURE` when the network does not take these inputs
   */
  run(inputs: Readonly<Record<string, NetworkTensor>>): Promise<Readonly<Record<string, NetworkTensor>>>;
}

/** Where judges of one campaign share what is expensive: loaded networks. */
export interface JudgeRuntime {
  /**
   * A network; the same file is loaded once, whoever asks.
   *
   * @param neededBy e.g. `The judge q16`
   * @throws UsageError `MISSING_PACKAGE` with the install command; {@link WeightsError}
   */
  session(file: ModelFile, neededBy: string): Promise<NetworkSession>;
  /** What one maker made, once a key: for whatever else judges share, e.g. an embedder. */
  shared<T>(key: string, make: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
