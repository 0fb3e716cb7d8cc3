import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { isTooDeep } from '../nesting.ts';
import { ModelConfigurationError } from './model-configuration-error.ts';

/** What placeholders of a workflow may stand for. */
export const PLACEHOLDERS = [
  'prompt',
  'negativePrompt',
  'seed',
  'width',
  'height',
  'guidance',
  'steps',
  'sampler',
  'model',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** The values for one drawing. */
export type PlaceholderValues = { readonly [name in Placeholder]?: string | number | undefined };

type Json = z.core.util.JSONType;

/** One node of a workflow in API format. */
export interface WorkflowNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, Json>>;
}

/** A workflow whose placeholders are known. */
export interface Workflow {
  readonly placeholders: ReadonlySet<Placeholder>;
  /**
   * The workflow with values in place of the placeholders.
   *
   * @throws {@link ModelConfigurationError} `MISSING_WORKFLOW_VALUE` for a placeholder that has neither value nor default
   */
  fill(values: PlaceholderValues): Record<string, WorkflowNode>;
}

const nodeSchema = z.looseObject({
  class_type: z.string(),
  inputs: z.record(z.string(), z.json()).default({}),
});
const workflowSchema = z.record(z.string(), nodeSchema);

/** `{{seed}}`, or with a default `{{steps|20}}`. */
const PLACEHOLDER = /\{\{\s*([A-Za-z_]+)\s*(?:\|([^{}]*))?\}\}/g;

/**
 * Reads a workflow file.
 *
 * @param file its path, relative to `folder`
 * @param folder the folder of the configuration
 * @throws {@link ModelConfigurationError} `WORKFLOW_NOT_READABLE`, and what {@link parseWorkflow} throws
 */
export async function loadWorkflow(file: string, folder: string): Promise<Workflow> {
  const path = resolve(folder, file);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ModelConfigurationError({
      code: 'WORKFLOW_NOT_READABLE',
      message: `target.workflow: the file ${path} cannot be read: ${messageOf(cause)}`,
      hint: 'The path is relative to the configuration file.',
      data: { path },
      cause,
    });
  });
  return parseWorkflow(text, path);
}

/**
 * Understands a workflow that was exported from ComfyUI in API format ("Export (API)") and in which
 * placeholders stand for what changes from drawing to drawing.
 *
 * A placeholder is `{{prompt}}`, `{{negativePrompt}}`, `{{seed}}`, `{{width}}`, `{{height}}`, `{{guidance}}`,
 * `{{steps}}`, `{{sampler}}` or `{{model}}`, in any input of any node. As the whole value of an input it becomes
 * the value with its type (a seed stays a number); inside a longer string it becomes part of that string.
 * `{{steps|20}}` gives a default for when the configuration sets none. `{{prompt}}` and `{{seed}}` have to be there.
 *
 * @param text the JSON
 * @param path for messages
 * @throws {@link ModelConfigurationError} `BAD_WORKFLOW`: no JSON, not in API format, an unknown placeholder, no
 *   `{{prompt}}` or no `{{seed}}`
 *
 * @example
 * ```json
 * { "3": { "class_type": "KSampler", "inputs": { "seed": "{{seed}}", "steps": "{{steps|20}}", "cfg": "{{guidance|7}}" } },
 *   "6": { "class_type": "CLIPTextEncode", "inputs": { "text": "photo of {{prompt}}", "clip": ["4", 1] } } }
 * ```
 */
export function parseWorkflow(text: string, path: string): Workflow {
  const bad = (what: string, hint?: string) =>
    new ModelConfigurationError({
      code: 'BAD_WORKFLOW',
      message: `target.workflow: ${path} ${what}`,
      hint:
        hint ??
        'Export the workflow from ComfyUI with "Export (API)" and put placeholders such as "{{prompt}}" in it.',
      data: { path },
    });

  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw bad(`is not JSON: ${messageOf(cause)}`);
  }
  if (isTooDeep(json)) throw bad('is nested too deeply.');
  if (typeof json === 'object' && json !== null && 'nodes' in json && Array.isArray(json.nodes)) {
    throw bad('is a workflow in the format of the editor, not in API format.');
  }
  const parsed = workflowSchema.safeParse(json);
  if (!parsed.success || Object.keys(parsed.data).length === 0) {
    throw bad('is no workflow in API format: every node needs a class_type and inputs.');
  }

  const nodes = parsed.data;
  const found = new Set<Placeholder>();
  for (const [id, node] of Object.entries(nodes)) {
    replace(node.inputs, (name) => {
      if (!isPlaceholder(name)) {
        throw bad(
          `has the unknown placeholder {{${name}}} in node ${id} (${node.class_type}).`,
          `Did you mean {{${closest(name, [...PLACEHOLDERS])}}}? There are: ${PLACEHOLDERS.join(', ')}.`,
        );
      }
      found.add(name);
      return '';
    });
  }
  for (const needed of ['prompt', 'seed'] as const) {
    if (!found.has(needed)) {
      const where =
        needed === 'prompt' ? 'the text of the positive CLIPTextEncode node' : 'the seed of the sampler';
      throw bad(`has no {{${needed}}}.`, `Write "{{${needed}}}" as ${where}.`);
    }
  }

  return {
    placeholders: found,
    fill(values) {
      const entries = Object.entries(nodes).map(([id, node]): [string, WorkflowNode] => {
        const inputs = replace(node.inputs, (name, fallback) =>
          placeholderValue(values, name, fallback, { id, node, path }),
        );
        return [id, { ...node, inputs: isRecord(inputs) ? inputs : {} }];
      });
      return Object.fromEntries(entries);
    },
  };
}

function placeholderValue(
  values: PlaceholderValues,
  name: string,
  fallback: string | undefined,
  { id, node, path }: { id: string; node: WorkflowNode; path: string },
): string | number {
  const value = isPlaceholder(name) ? values[name] : undefined;
  if (value !== undefined) return value;
  if (fallback !== undefined)
    return fallback.trim() !== '' && !Number.isNaN(Number(fallback)) ? Number(fallback) : fallback;
  if (name === 'negativePrompt') return '';
  throw new ModelConfigurationError({
    code: 'MISSING_WORKFLOW_VALUE',
    message: `The workflow ${path} asks for {{${name}}} in node ${id} (${node.class_type}), but the configuration does not set it.`,
    hint: `Set target.${name}, or write a default into the workflow: {{${name}|…}}.`,
    data: { placeholder: name, node: id },
  });
}

/** Replaces every placeholder in a piece of JSON; a value that is one placeholder keeps the type of its value. */
function replace(json: Json, by: (name: string, fallback: string | undefined) => string | number): Json {
  if (typeof json === 'string') {
    const whole = new RegExp(`^${PLACEHOLDER.source}$`).exec(json.trim());
    if (whole?.[1] !== undefined) return by(whole[1], whole[2]);
    return json.replace(PLACEHOLDER, (_, name: string, fallback: string | undefined) =>
      String(by(name, fallback)),
    );
  }
  if (Array.isArray(json)) return json.map((item) => replace(item, by));
  if (!isRecord(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, replace(item, by)]));
}

function isRecord(json: Json): json is Record<string, Json> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isPlaceholder(name: string): name is Placeholder {
  return PLACEHOLDERS.some((known) => known === name);
}
