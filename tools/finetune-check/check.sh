#!/usr/bin/env bash
# Tries what art finetune writes: tiny random models, a few steps on the processor.
#
#   PYTHON=/path/to/venv/bin/python tools/finetune-check/check.sh [FOLDER]
#   LLAMA_FACTORY_PYTHON=/path/to/another/venv/bin/python …   LLaMA-Factory as well
#
# The first venv needs: pip install trl peft transformers datasets accelerate pillow torchvision
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
art() { node "$here/../../bin/art.js" "$@"; }
PYTHON="${PYTHON:-python3}"
export PYTHON
folder="${1:-$(mktemp -d)}"
mkdir -p "$folder"
cd "$folder"
echo "in $folder"
"$PYTHON" -c 'import torch, transformers, trl, peft, datasets; print({m.__name__: m.__version__ for m in (torch, transformers, trl, peft, datasets)})'

echo '{"preset": "sandbox", "conversations": 2, "rounds": 6, "imagesPerPrompt": 2, "target": {"size": "512x512"}}' > art.json
[ -d art-data ] || art run --no-report --quiet > /dev/null
art dataset build meta --campaign latest --all --out md --quiet
art dataset build guide --meta md --out vd --quiet
art dataset build writer --meta md --out ld --quiet
art dataset build pairs --out pairs --quiet
art dataset check md vd ld pairs --quiet && echo 'art dataset check: no errors'
"$PYTHON" "$here/make_tiny_models.py" tiny ld/chat-train.jsonl vd/chat.jsonl 2> models.log
# More arguments: llama-recipes' alpaca_dataset.py, which is run on the Writer's data then.
"$PYTHON" "$here/load_datasets.py" vd ld pairs ${2:+"$2" tiny/writer} 2> load.log

trial() { # name, Python, trainer, role, data
  rm -rf "$1"
  art finetune "$4" --trainer "$3" --data "$5" --out "$1" --base-model "$folder/tiny/$4" --cpu --max-steps 3 --batch-size 2 --quiet
  if PYTHON="$2" "$1/run.sh" > "$1.log" 2>&1; then
    grep -o "'loss': '[0-9.]*'" "$1.log" | tr '\n' ' '
    echo "$1: trained, $(ls "$1/adapter" | grep -c safetensors) adapter"
  else
    echo "$1: FAILED, see $folder/$1.log"
    tail -n 3 "$1.log"
    return 1
  fi
}
for python in "$PYTHON:trl" "${LLAMA_FACTORY_PYTHON:+$LLAMA_FACTORY_PYTHON:llama-factory}"; do
  [ -n "$python" ] || continue
  trial "${python##*:}-writer" "${python%:*}" "${python##*:}" writer ld
  trial "${python##*:}-pairs" "${python%:*}" "${python##*:}" writer pairs
  trial "${python##*:}-guide" "${python%:*}" "${python##*:}" guide vd
done
