"""Loads built datasets with the trainers' own loaders.

python load_datasets.py GUIDE_FOLDER WRITER_FOLDER PAIRS_FOLDER [ALPACA_DATASET_PY TOKENIZER_FOLDER]

ALPACA_DATASET_PY is llama-recipes' own file: llama_cookbook/datasets/alpaca_dataset.py of the package llama-cookbook.
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

from datasets import Image, List, load_dataset
from trl.data_utils import is_conversational

guide, writer, pairs, *more = map(Path, sys.argv[1:])

rows = load_dataset("json", data_files=str(guide / "chat.jsonl"), split="train")
first = rows.map(lambda row: {"images": [str(guide / image) for image in row["images"]]}).cast_column("images", List(Image()))[0]
print("guide, chat.jsonl:", len(rows), "rows,", first["images"][0].size, "pixels, conversational:", is_conversational(first))
llava = load_dataset("json", data_files=str(guide / "VLM Data.json"), split="train")
print("guide, VLM Data.json:", len(llava), "rows, columns", llava.column_names)

for part, name in (("train", "chat-train.jsonl"), ("validation", "chat-val.jsonl")):
    rows = load_dataset("json", data_files=str(writer / name), split="train")
    print(f"writer, {name}:", len(rows), "rows, conversational:", is_conversational(rows[0]))

rows = load_dataset("json", data_files=str(pairs / "pairs.jsonl"), split="train")
print("pairs, pairs.jsonl:", len(rows), "rows, columns", rows.column_names, "conversational:", is_conversational(rows[0]))

if more:
    from transformers import AutoTokenizer

    source, folder = more
    spec = importlib.util.spec_from_file_location("alpaca_dataset", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = SimpleNamespace(data_path=str(writer / "LLM Train Data.json"))
    loaded = module.InstructionDataset(config, tokenizer, partition="train")
    item = loaded[0]
    answer = tokenizer.decode([token for token in item["labels"] if token != -100])
    known = {row["output"] for row in json.loads((writer / "LLM Train Data.json").read_text())}
    print("writer, LLM Train Data.json by llama-recipes:", len(loaded), "rows, an answer of the dataset:", answer.replace("</s>", "").strip() in known)
