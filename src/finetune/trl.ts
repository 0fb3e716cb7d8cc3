import { type FinetunePlan, heading, perDevice, runScript, type TrainingFile } from './finetune-plan.ts';
import { recipeLines } from './recipe.ts';

/** What pip installs; the versions that the generated script was run with here. */
const INSTALL =
  "pip install 'trl>=1.16' 'peft>=0.21' 'transformers>=5.23' 'datasets>=5.2' accelerate pillow torchvision";

/** The chat template for base models that have none: Alpaca's layout, the one that llama-recipes trains on. */
export const ALPACA_TEMPLATE = `{% for message in messages %}{% if message['role'] == 'system' %}Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.

### Instruction:
{{ message['content'] }}

{% elif message['role'] == 'user' %}{% if messages[0]['role'] == 'system' %}### Input:
{{ message['content'] }}

{% else %}Below is an instruction that describes a task. Write a response that appropriately completes the request.

### Instruction:
{{ message['content'] }}

{% endif %}{% elif message['role'] == 'assistant' %}### Response:
{{ message['content'] }}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}### Response:
{% endif %}`;

/** The linear layers of the language model; those of the vision tower and the projector have other parents. */
const LANGUAGE_MODEL_LAYERS =
  '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)';

/** The files that train with TRL and PEFT. */
export function trlFiles(plan: FinetunePlan): TrainingFile[] {
  const { recipe, role, method } = plan;
  const { batch, accumulation } = perDevice(plan);
  const settings = {
    base_model: plan.baseModel,
    train_file: method === 'dpo' ? 'pairs.jsonl' : 'train.jsonl',
    validation_file: plan.validation ? 'validation.jsonl' : null,
    output_dir: 'adapter',
    quantise: plan.quantise,
    cpu: plan.cpu,
    dtype: plan.cpu ? 'float32' : recipe.floatType.value,
    lora: {
      r: recipe.rank.value,
      lora_alpha: recipe.alpha.value,
      lora_dropout: recipe.dropout.value,
      target_modules:
        recipe.targetModules.value === 'language-model' ? LANGUAGE_MODEL_LAYERS : recipe.targetModules.value,
      task_type: 'CAUSAL_LM',
    },
    training: {
      learning_rate: recipe.learningRate.value,
      num_train_epochs: recipe.epochs.value,
      per_device_train_batch_size: batch,
      gradient_accumulation_steps: accumulation,
      weight_decay: recipe.weightDecay.value,
      warmup_ratio: recipe.warmupRatio.value,
      lr_scheduler_type: recipe.scheduler.value,
      max_length: recipe.maxLength.value,
      seed: plan.seed,
      ...(recipe.beta === undefined ? {} : { beta: recipe.beta.value }),
      ...(plan.maxSteps === undefined ? {} : { max_steps: plan.maxSteps }),
    },
  };
  return [
    { name: 'settings.json', text: `${JSON.stringify(settings, null, 2)}\n` },
    { name: 'chat_template.jinja', text: ALPACA_TEMPLATE },
    { name: 'train.py', text: script(plan) },
    runScript(plan, ['trl', 'peft', 'datasets', 'PIL'], INSTALL, ['exec "$PYTHON" train.py']),
  ].filter(({ name }) => role === 'writer' || name !== 'chat_template.jinja');
}

function script(plan: FinetunePlan): string {
  const { method, role, recipe } = plan;
  const trainer = method === 'dpo' ? 'DPO' : 'SFT';
  const comments = heading(plan, recipeLines(recipe)).map((line) => `# ${line}`.trimEnd());
  const vision = role === 'guide';
  return [
    ...comments,
    'import inspect',
    'import json',
    'import math',
    'from pathlib import Path',
    '',
    'import torch',
    `from datasets import ${vision ? 'Image, List, load_dataset' : 'load_dataset'}`,
    `from peft import LoraConfig${plan.quantise ? ', prepare_model_for_kbit_training' : ''}`,
    vision
      ? `from transformers import AutoModelForImageTextToText, AutoProcessor${plan.quantise ? ', BitsAndBytesConfig' : ''}`
      : `from transformers import AutoModelForCausalLM, AutoTokenizer${plan.quantise ? ', BitsAndBytesConfig' : ''}`,
    `from trl import ${trainer}Config, ${trainer}Trainer`,
    '',
    'settings = json.loads(Path("settings.json").read_text())',
    'dtype = getattr(torch, settings["dtype"])',
    '',
    `${vision ? 'processor = AutoProcessor' : 'processor = AutoTokenizer'}.from_pretrained(settings["base_model"])`,
    'tokenizer = getattr(processor, "tokenizer", processor)',
    'if tokenizer.pad_token is None:',
    '    tokenizer.pad_token = tokenizer.eos_token',
    ...(vision
      ? []
      : [
          'if processor.chat_template is None:',
          '    # A base model: it learns the layout below, and has to be served with it.',
          '    processor.chat_template = Path("chat_template.jinja").read_text()',
        ]),
    '',
    'options = {"dtype": dtype}',
    ...(plan.quantise
      ? [
          'options["quantization_config"] = BitsAndBytesConfig(',
          '    load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype, bnb_4bit_use_double_quant=True',
          ')',
        ]
      : []),
    `model = ${vision ? 'AutoModelForImageTextToText' : 'AutoModelForCausalLM'}.from_pretrained(settings["base_model"], **options)`,
    ...(plan.quantise ? ['model = prepare_model_for_kbit_training(model)'] : []),
    '',
    'files = {"train": settings["train_file"]}',
    'if settings["validation_file"] is not None:',
    '    files["validation"] = settings["validation_file"]',
    'data = load_dataset("json", data_files=files)',
    ...(vision ? ['data = data.cast_column("images", List(Image()))'] : []),
    'print({split: len(rows) for split, rows in data.items()})',
    '',
    'lora = LoraConfig(**settings["lora"])',
    'training = dict(settings["training"])',
    'steps = training.get("max_steps") or math.ceil(',
    '    len(data["train"]) * training["num_train_epochs"]',
    '    / (training["per_device_train_batch_size"] * training["gradient_accumulation_steps"])',
    ')',
    '# Newer versions of transformers take steps, or a share as steps.',
    'training["warmup_steps"] = round(training.pop("warmup_ratio") * steps)',
    `known = inspect.signature(${trainer}Config.__init__).parameters`,
    'unknown = [name for name in training if name not in known]',
    'if unknown:',
    `    raise SystemExit(f"This version of TRL does not know {', '.join(unknown)}: see settings.json.")`,
    `config = ${trainer}Config(`,
    '    output_dir=settings["output_dir"],',
    '    bf16=settings["dtype"] == "bfloat16",',
    '    use_cpu=settings["cpu"],',
    '    gradient_checkpointing=not settings["cpu"],',
    '    logging_steps=1 if "max_steps" in training else 10,',
    '    save_strategy="no" if "max_steps" in training else "epoch",',
    '    eval_strategy="no" if settings["validation_file"] is None else "epoch",',
    '    report_to="none",',
    '    **training,',
    ')',
    '',
    `trainer = ${trainer}Trainer(`,
    '    model=model,',
    '    args=config,',
    '    train_dataset=data["train"],',
    '    eval_dataset=data.get("validation"),',
    '    processing_class=processor,',
    '    peft_config=lora,',
    ')',
    'trainer.model.print_trainable_parameters()',
    'trainer.train()',
    'trainer.save_model(settings["output_dir"])',
    'processor.save_pretrained(settings["output_dir"])',
    'print("saved", settings["output_dir"])',
    '',
  ].join('\n');
}
