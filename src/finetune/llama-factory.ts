import { stringify } from 'yaml';
import { type FinetunePlan, heading, perDevice, runScript, type TrainingFile } from './finetune-plan.ts';
import { recipeLines } from './recipe.ts';

/** The files that train with LLaMA-Factory: `llamafactory-cli train train.yaml`. */
export function llamaFactoryFiles(plan: FinetunePlan): TrainingFile[] {
  const { recipe, role, method } = plan;
  const { batch, accumulation } = perDevice(plan);
  const { targetModules } = recipe;
  const settings = {
    model_name_or_path: plan.baseModel,
    trust_remote_code: false,
    ...(plan.quantise ? { quantization_bit: 4, quantization_method: 'bnb' } : {}),
    stage: method,
    do_train: true,
    finetuning_type: 'lora',
    lora_rank: recipe.rank.value,
    lora_alpha: recipe.alpha.value,
    lora_dropout: recipe.dropout.value,
    lora_target: targetModules.value === 'language-model' ? 'all' : targetModules.value.join(','),
    ...(recipe.beta === undefined ? {} : { pref_beta: recipe.beta.value, pref_loss: 'sigmoid' }),
    dataset_dir: '.',
    dataset: 'art_train',
    ...(plan.validation ? { eval_dataset: 'art_validation', eval_strategy: 'epoch' } : {}),
    template: role === 'guide' ? 'llava_next_mistral' : 'alpaca',
    cutoff_len: recipe.maxLength.value,
    output_dir: 'adapter',
    overwrite_output_dir: true,
    logging_steps: plan.maxSteps === undefined ? 10 : 1,
    save_strategy: plan.maxSteps === undefined ? 'epoch' : 'no',
    report_to: 'none',
    per_device_train_batch_size: batch,
    gradient_accumulation_steps: accumulation,
    learning_rate: recipe.learningRate.value,
    num_train_epochs: recipe.epochs.value,
    lr_scheduler_type: recipe.scheduler.value,
    warmup_ratio: recipe.warmupRatio.value,
    weight_decay: recipe.weightDecay.value,
    seed: plan.seed,
    ...(plan.maxSteps === undefined ? {} : { max_steps: plan.maxSteps }),
    ...(plan.cpu ? { use_cpu: true, bf16: false } : { bf16: recipe.floatType.value === 'bfloat16' }),
  };
  const comments = heading(plan, recipeLines(recipe)).map((line) => `# ${line}`.trimEnd());
  if (role === 'guide')
    comments.push('# LLaMA-Factory has no learning rate of its own for the projector: it stays frozen.');
  return [
    { name: 'train.yaml', text: `${comments.join('\n')}\n${stringify(settings, { version: '1.1' })}` },
    { name: 'dataset_info.json', text: `${JSON.stringify(datasetInfo(plan), null, 2)}\n` },
    runScript(plan, ['llamafactory'], 'pip install llamafactory', [
      'exec "$PYTHON" -m llamafactory.cli train train.yaml',
    ]),
  ];
}

/** Which file is in which layout, as LLaMA-Factory wants it said. */
function datasetInfo({ role, method, validation }: FinetunePlan): object {
  const layout =
    method === 'dpo'
      ? {
          formatting: 'sharegpt',
          ranking: true,
          columns: { messages: 'prompt', chosen: 'chosen', rejected: 'rejected', system: 'system' },
          tags: TAGS,
        }
      : role === 'guide'
        ? { formatting: 'sharegpt', columns: { messages: 'messages', images: 'images' }, tags: TAGS }
        : {
            formatting: 'alpaca',
            columns: { prompt: 'instruction', query: 'input', response: 'output', system: 'system' },
          };
  const names = { train: method === 'dpo' ? 'pairs.json' : 'train.json', validation: 'validation.json' };
  return {
    art_train: { file_name: names.train, ...layout },
    ...(validation ? { art_validation: { file_name: names.validation, ...layout } } : {}),
  };
}

const TAGS = {
  role_tag: 'role',
  content_tag: 'content',
  user_tag: 'user',
  assistant_tag: 'assistant',
  system_tag: 'system',
};
