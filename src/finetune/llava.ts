import {
  type FinetunePlan,
  heading,
  perDevice,
  quoted,
  runScript,
  type TrainingFile,
} from './finetune-plan.ts';
import { recipeLines } from './recipe.ts';

/** The files that train with LLaVA's own script, as its `finetune_lora.sh` does. */
export function llavaFiles(plan: FinetunePlan): TrainingFile[] {
  const { recipe } = plan;
  const { batch, accumulation } = perDevice(plan);
  const options: readonly (readonly [string, string | number])[] = [
    ['lora_enable', 'True'],
    ['lora_r', recipe.rank.value],
    ['lora_alpha', recipe.alpha.value],
    ['lora_dropout', recipe.dropout.value],
    ['mm_projector_lr', recipe.projectorLearningRate?.value ?? 2e-5],
    ...(plan.quantise ? [['bits', 4] as const] : []),
    ['deepspeed', 'deepspeed.json'],
    ['model_name_or_path', plan.baseModel],
    ['version', 'mistral_instruct'],
    ['data_path', 'train.json'],
    ['image_folder', '.'],
    ['vision_tower', 'openai/clip-vit-large-patch14-336'],
    ['mm_projector_type', 'mlp2x_gelu'],
    ['mm_vision_select_layer', -2],
    ['mm_use_im_start_end', 'False'],
    ['mm_use_im_patch_token', 'False'],
    ['image_aspect_ratio', recipe.imageAspectRatio?.value ?? 'pad'],
    ['group_by_modality_length', 'True'],
    ['bf16', recipe.floatType.value === 'bfloat16' ? 'True' : 'False'],
    ['output_dir', 'adapter'],
    ['num_train_epochs', recipe.epochs.value],
    ...(plan.maxSteps === undefined ? [] : [['max_steps', plan.maxSteps] as const]),
    ['per_device_train_batch_size', batch],
    ['gradient_accumulation_steps', accumulation],
    ['evaluation_strategy', 'no'],
    ['save_strategy', 'epoch'],
    ['learning_rate', recipe.learningRate.value],
    ['weight_decay', recipe.weightDecay.value],
    ['warmup_ratio', recipe.warmupRatio.value],
    ['lr_scheduler_type', recipe.scheduler.value],
    ['logging_steps', 1],
    ['tf32', 'True'],
    ['model_max_length', recipe.maxLength.value],
    ['gradient_checkpointing', 'True'],
    ['dataloader_num_workers', 4],
    ['lazy_preprocess', 'True'],
    ['report_to', 'none'],
    ['seed', plan.seed],
  ];
  const comments = heading(plan, recipeLines(recipe)).map((line) => `# ${line}`.trimEnd());
  return [
    { name: 'deepspeed.json', text: `${JSON.stringify(ZERO3, null, 2)}\n` },
    runScript(
      plan,
      ['llava', 'deepspeed'],
      'pip install -e ".[train]" in a clone of https://github.com/haotian-liu/LLaVA',
      [
        ...comments,
        'exec deepspeed "$("$PYTHON" -c \'import llava, os; print(os.path.join(os.path.dirname(llava.__file__), "train", "train_mem.py"))\')" \\',
        options.map(([name, value]) => `  --${name} ${quoted(String(value))}`).join(' \\\n'),
      ],
    ),
  ];
}

/** LLaVA's own `scripts/zero3.json`: everything is found out. */
const ZERO3 = {
  fp16: {
    enabled: 'auto',
    loss_scale: 0,
    loss_scale_window: 1000,
    initial_scale_power: 16,
    hysteresis: 2,
    min_loss_scale: 1,
  },
  bf16: { enabled: 'auto' },
  train_micro_batch_size_per_gpu: 'auto',
  train_batch_size: 'auto',
  gradient_accumulation_steps: 'auto',
  zero_optimization: {
    stage: 3,
    overlap_comm: true,
    contiguous_gradients: true,
    sub_group_size: 1_000_000_000,
    reduce_bucket_size: 'auto',
    stage3_prefetch_bucket_size: 'auto',
    stage3_param_persistence_threshold: 'auto',
    stage3_max_live_parameters: 1_000_000_000,
    stage3_max_reuse_distance: 1_000_000_000,
    stage3_gather_16bit_weights_on_model_save: true,
  },
};
