"""The average self-BLEU with NLTK, timed: for bench/self-bleu.ts.

Reads {"sizes": [n, …], "tokenised": [[token, …], …]} from standard input and prints, for the first n lists each,
{"nltk": version, "runs": [{"prompts", "seconds", "average"}]}. All four orders are asked of `sentence_bleu` in one
call, which is NLTK's quickest way.
"""

import json
import sys
import time

import nltk
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

WEIGHTS = [(1 / order,) * order for order in (2, 3, 4, 5)]


def average_self_bleu(tokenised):
    smooth = SmoothingFunction().method1
    total = 0.0
    for place, tokens in enumerate(tokenised):
        others = tokenised[:place] + tokenised[place + 1 :]
        scores = sentence_bleu(others, tokens, WEIGHTS, smoothing_function=smooth)
        total += sum(scores) / len(WEIGHTS)
    return total / len(tokenised)


given = json.load(sys.stdin)
runs = []
for size in given["sizes"]:
    first = given["tokenised"][:size]
    start = time.perf_counter()
    average = average_self_bleu(first)
    runs.append({"prompts": len(first), "seconds": time.perf_counter() - start, "average": average})
print(json.dumps({"nltk": nltk.__version__, "runs": runs}))
