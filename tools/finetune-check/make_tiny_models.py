"""Makes tiny models with random weights, to try generated training scripts on a processor.

python make_tiny_models.py FOLDER TEXT_FILE...

FOLDER/writer: a Llama of some 100,000 parameters without a chat template, its tokenizer trained on the files.
FOLDER/guide: a LLaVA-NeXT of such a size with the picture grid of v1.6, where 512 x 512 pixels are 2,928 tokens.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    PreTrainedTokenizerFast,
)

folder, *texts = sys.argv[1:]
torch.manual_seed(0)
VOCABULARY = 1_000


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<unk>", "<s>", "</s>", "<pad>", "<image>"]
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=special)
    tokenizer.train_from_iterator((Path(text).read_text() for text in texts), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def text_config():
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=8192,
        pad_token_id=3,
        bos_token_id=1,
        eos_token_id=2,
    )


writer = Path(folder) / "writer"
LlamaForCausalLM(text_config()).save_pretrained(writer)
make_tokenizer().save_pretrained(writer)

guide = Path(folder) / "guide"
vision = CLIPVisionConfig(
    hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=336, patch_size=14
)
tokenizer = make_tokenizer()
grid = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]
config = LlavaNextConfig(
    vision_config=vision,
    text_config=text_config(),
    image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    image_grid_pinpoints=grid,
)
LlavaNextForConditionalGeneration(config).save_pretrained(guide)
LlavaNextProcessor(
    image_processor=LlavaNextImageProcessor(
        image_grid_pinpoints=grid, size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336}
    ),
    tokenizer=tokenizer,
    patch_size=14,
    vision_feature_select_strategy="default",
    num_additional_image_tokens=1,
    image_token="<image>",
    chat_template=(
        "{% for message in messages %}{% if message['role'] == 'user' %}USER: "
        "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n"
        "{% else %}{{ part['text'] }}{% endif %}{% endfor %} "
        "{% else %}ASSISTANT: {% for part in message['content'] %}{{ part['text'] }}{% endfor %}</s>{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}ASSISTANT: {% endif %}"
    ),
).save_pretrained(guide)
print("made", writer, guide)
