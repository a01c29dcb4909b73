"""Times one Llama block of the stock peer's PyTorch and transformers: a JSON line for each shape, type and number of tokens.

Usage: torch_block.py THREADS SECONDS   (with the Python of interop/setup-stock.sh). The best run counts.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

SHAPES = {
    "Llama-1B": dict(hidden_size=2048, num_attention_heads=32, num_key_value_heads=8, intermediate_size=8192),
    "Llama-7B": dict(hidden_size=4096, num_attention_heads=32, num_key_value_heads=32, intermediate_size=11008),
}
TOKENS = [1, 64, 128, 512]
RUNS_MIN = 3


def best(seconds, body):
    end = time.perf_counter() + seconds
    least = float("inf")
    runs = 0
    while runs < RUNS_MIN or time.perf_counter() < end:
        start = time.perf_counter()
        body()
        least = min(least, time.perf_counter() - start)
        runs += 1
    return least * 1e6


def main():
    threads, seconds = int(sys.argv[1]), float(sys.argv[2])
    torch.set_num_threads(threads)
    for name, sizes in SHAPES.items():
        config = LlamaConfig(num_hidden_layers=1, vocab_size=32, max_position_embeddings=1024, **sizes)
        for dtype in (torch.float32, torch.bfloat16):
            layer = LlamaDecoderLayer(config).to(dtype).eval().requires_grad_(False)
            for tokens in TOKENS:
                hidden = torch.randn(1, tokens, config.hidden_size, dtype=dtype)
                positions = torch.arange(tokens)[None]

                def forward():
                    with torch.inference_mode():
                        layer(hidden, position_ids=positions)

                tracked = hidden.clone().requires_grad_(True)
                output = layer(tracked, position_ids=positions)[0]
                gradient = torch.ones_like(output)

                def backward():
                    torch.autograd.grad(output, tracked, gradient, retain_graph=True)

                print(json.dumps({
                    "shape": name, "type": str(dtype).removeprefix("torch."), "tokens": tokens,
                    "forward_us": best(seconds, forward), "backward_us": best(seconds, backward),
                }), flush=True)
            del layer


main()
