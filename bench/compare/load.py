"""Opens a checkpoint with Python's transformers and safetensors: best time and peak memory, beside the `load` benchmark.

    python3 load.py DIR [ROUNDS]      each round is a process of its own, so that the peak is its own
"""
import os
import resource
import subprocess
import sys
import time


def once(directory, dtype):
    import torch
    import transformers
    from transformers import AutoModelForCausalLM

    transformers.LlamaForCausalLM  # imported now: the import is not what is timed
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    AutoModelForCausalLM.from_pretrained(directory, torch_dtype=getattr(torch, dtype))
    seconds = time.perf_counter() - start
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)


if len(sys.argv) > 3:
    once(sys.argv[1], sys.argv[3])
else:
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    files = sum(os.path.getsize(os.path.join(sys.argv[1], f)) for f in os.listdir(sys.argv[1]) if f.endswith(".safetensors"))
    for dtype in ("bfloat16", "float32"):
        results = [subprocess.run([sys.executable, __file__, sys.argv[1], "1", dtype], capture_output=True, text=True, check=True).stdout.split()
                   for _ in range(rounds)]
        print(f"transformers {dtype}: {min(float(r[-2]) for r in results):.2f} s; peak {max(float(r[-1]) for r in results) / files:.2f} of the files")
