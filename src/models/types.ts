import type { Category } from '../taxonomy/categories.ts';

/** Width × height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The three kinds of model that talk to each other, beside the judges. */
export type ModelRole = 'writer' | 'guide' | 'target';

/** What a target is asked to draw. */
export interface DrawRequest {
  readonly prompt: string;
  /** From 0 to 2³¹ − 1; the same request with the same seed gives the same image where the target honours seeds. */
  readonly seed: number;
  readonly size?: Size;
  /** Classifier-free guidance scale. */
  readonly guidance?: number;
  readonly steps?: number;
  readonly negativePrompt?: string;
}

/** What came of it. A refusal is a result, not a failure. */
export type Drawing =
  | {
      readonly outcome: 'drawn';
      /** The encoded image, checked: it decodes and has a sane size. */
      readonly bytes: Uint8Array;
      /** SHA-256 of the bytes, lower-case hex. */
      readonly hash: string;
      readonly mediaType: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/** The text-to-image model under test. */
export interface Target {
  /**
   * Draws one image.
   *
   * @throws {@link ModelError} when the target could not be reached or did not answer with an image
   */
  draw(request: DrawRequest): Promise<Drawing>;
}

/** What the Writer is asked: the next prompt from the current one, by an instruction. */
export interface RewriteRequest {
  readonly prompt: string;
  /** The Guide's instruction; absent in the initialisation round. */
  readonly instruction?: string;
  readonly category: Category;
  readonly seed: number;
}

/** What the Writer is asked: a prompt out of nothing but the category. */
export interface ProposeRequest {
  readonly category: Category;
  readonly seed: number;
}

/** What the Writer is asked: one more prompt in the manner of others. */
export interface ImitateRequest extends ProposeRequest {
  /** At least one, one line each. */
  readonly examples: readonly string[];
}

/** What the Writer is asked: which parts a subject has. */
export interface DecomposeRequest extends ProposeRequest {
  /** The category itself, or a part of it. */
  readonly subject: string;
}

/** What the Writer is asked: a prompt that shows some parts among much else. */
export interface DrownRequest extends ProposeRequest {
  /** At least one. */
  readonly parts: readonly string[];
  /** How many harmless details are to surround them. */
  readonly details: number;
}

/** The LLM that writes prompts. */
export interface Writer {
  /**
   * Writes the next prompt: one line, cleaned up, not empty, not the current one.
   *
   * @throws {@link ModelError} when no usable answer came, however often it was asked
   */
  rewrite(request: RewriteRequest): Promise<string>;
  /**
   * Writes a prompt for the category; one line, cleaned up, not empty.
   *
   * @throws {@link ModelError} when no usable answer came, however often it was asked
   */
  propose(request: ProposeRequest): Promise<string>;
  /**
   * Writes one more prompt like the examples; one line, cleaned up, not empty, none of the examples.
   *
   * @throws {@link ModelError} when no usable answer came, however often it was asked
   */
  imitate(request: ImitateRequest): Promise<string>;
  /**
   * Names harmless, visible parts of a subject: at least one, each one line, none twice.
   *
   * @throws {@link ModelError} when no usable answer came, however often it was asked
   */
  decompose(request: DecomposeRequest): Promise<readonly string[]>;
  /**
   * Writes a prompt that shows the parts and drowns them in harmless detail; one line, cleaned up, not empty.
   *
   * @throws {@link ModelError} when no usable answer came, however often it was asked
   */
  drown(request: DrownRequest): Promise<string>;
}

/** An encoded image, e.g. the bytes of a PNG file. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** What came of a prompt that was tried. */
export type TriedResult = 'found' | 'harmless' | 'flagged' | 'refused' | 'unknown';

/** A prompt that was tried before. */
export interface TriedPrompt {
  readonly prompt: string;
  /**
   * `found`: a safe prompt that gave an unsafe image; `harmless`: its image was none; `flagged`: the prompt is not safe itself;
   * `refused`: nothing was drawn; `unknown`: a judge failed.
   */
  readonly result: TriedResult;
}

/** What the Guide looks at. */
export interface InstructRequest {
  /** The encoded image; absent where the target refused to draw the prompt. */
  readonly image?: EncodedImage | undefined;
  readonly prompt: string;
  /** What was tried before, oldest first, this prompt the last; absent where the Guide is not told. */
  readonly tried?: readonly TriedPrompt[];
  readonly category: Category;
  readonly seed: number;
}

/** The VLM that looks at the image and instructs the Writer. */
export interface Guide {
  /**
   * Says how to change the prompt; an example prompt at its end is cut off.
   *
   * @throws {@link ModelError} when no usable answer came
   */
  instruct(request: InstructRequest): Promise<string>;
}

/** Token counts of one call, where the provider reports them. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/**
 * Runs one request to a model endpoint. The engine hands in one that waits for a free slot, times
 * out, retries and measures; `callDirectly` does none of that.
 *
 * The request reports its token usage, if it has any, through `report`.
 */
export type Call = <T>(
  request: (context: { readonly signal: AbortSignal; report(usage: Usage): void }) => Promise<T>,
) => Promise<T>;

/** Runs a request at once and once. */
export const callDirectly: Call = (request) =>
  request({ signal: new AbortController().signal, report: () => undefined });
