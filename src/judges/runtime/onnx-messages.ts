import type { NetworkTensor } from './judge-runtime.ts';

/** What is asked of the thread that runs the networks. */
export type OnnxTask =
  | { readonly kind: 'load'; readonly path: string }
  | {
      readonly kind: 'run';
      /** What loading gave. */
      readonly session: number;
      readonly inputs: Readonly<Record<string, NetworkTensor>>;
    };

export interface OnnxRequest {
  readonly id: number;
  readonly task: OnnxTask;
}

/** A network that the thread holds. */
export interface LoadedNetwork {
  readonly session: number;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

export type OnnxOutputs = Readonly<Record<string, NetworkTensor>>;

export type OnnxAnswer =
  | { readonly id: number; readonly kind: 'loaded'; readonly network: LoadedNetwork }
  | { readonly id: number; readonly kind: 'ran'; readonly outputs: OnnxOutputs }
  | { readonly id: number; readonly kind: 'failed'; readonly failure: OnnxFailure };

/** What went wrong in the thread, and at what: the package itself, the file, or the inputs. */
export interface OnnxFailure {
  readonly at: 'package' | 'load' | 'run';
  readonly message: string;
}

/** What the thread is told when it starts. */
export interface OnnxThreadData {
  /** Where the package onnxruntime-node lies. */
  readonly packagePath: string;
}
