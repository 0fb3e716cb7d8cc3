import { stringify } from 'yaml';
import type { FinetunePlan, TrainingFile } from './finetune-plan.ts';

/** The Guide's template with everything in the user message, as LLaVA's layout trains it. */
export const GUIDE_TEMPLATE_FILE = 'guide-instruct.md';

/** The chat template that LLaMA-Factory's `alpaca` trains; a server has to be given it. */
const LLAMA_FACTORY_ALPACA = `{% if messages[0]['role'] != 'system' %}Below is an instruction that describes a task. Write a response that appropriately completes the request.

{% endif %}{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] }}

{% elif message['role'] == 'user' %}### Instruction:
{{ message['content'] }}

### Response:
{% elif message['role'] == 'assistant' %}{{ message['content'] }}

{% endif %}{% endfor %}`;

/**
 * The files that serving needs beside the adapter: what the model is asked has to be what it was trained on.
 *
 * @param guideTemplate the built-in template of the Guide, its text
 */
export function servingFiles(
  { role, trainer }: FinetunePlan,
  guideTemplate: { readonly system: string | undefined; readonly user: string },
): TrainingFile[] {
  if (role === 'guide') {
    const text = [guideTemplate.system, guideTemplate.user].filter((part) => part !== undefined).join('\n\n');
    return [{ name: GUIDE_TEMPLATE_FILE, text: `${text}\n` }];
  }
  return trainer === 'llama-factory' ? [{ name: 'chat_template.jinja', text: LLAMA_FACTORY_ALPACA }] : [];
}

/** The command that serves the result with vLLM. */
export function serveCommand(
  { role, trainer, baseModel, recipe, name }: FinetunePlan,
  folder: string,
): string {
  // TRL keeps the template that it trained with beside the adapter: a base model's own, or ours.
  const file = trainer === 'trl' ? 'adapter/chat_template.jinja' : 'chat_template.jinja';
  const template = role === 'writer' ? ` --chat-template ${shell(`${folder}/${file}`)}` : '';
  if (trainer === 'llava') {
    return `python -m llava.serve.model_worker --model-path ${shell(`${folder}/adapter`)} --model-base ${shell(baseModel)}  # or merge it (scripts/merge_lora_weights.py), convert it to llava-hf’s layout, and serve that with vLLM`;
  }
  return `vllm serve ${shell(baseModel)} --enable-lora --max-lora-rank ${rankFor(recipe.rank.value)} --lora-modules ${shell(`${name}=${folder}/adapter`)}${template} --port ${role === 'writer' ? 8000 : 8001}`;
}

/** vLLM takes ranks of powers of two from 8 on. */
function rankFor(rank: number): number {
  return Math.max(8, 2 ** Math.ceil(Math.log2(rank)));
}

/** The lines of `art.yaml` that use the result. */
export function configLines({ role, name }: FinetunePlan, folder: string): string {
  const endpoint = {
    provider: 'openai-compatible',
    baseURL: `http://127.0.0.1:${role === 'writer' ? 8000 : 8001}/v1`,
    model: name,
  };
  return stringify(
    role === 'writer'
      ? { writer: endpoint }
      : { guide: { ...endpoint, templates: { instruct: `${folder}/${GUIDE_TEMPLATE_FILE}` } } },
  ).trimEnd();
}

function shell(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
