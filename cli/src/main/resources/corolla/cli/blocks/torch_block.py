"""Times one block of Hugging Face's transformers on PyTorch: a JSON line for each type of weights and number of sequences.

Usage: torch_block.py FOLDER cpu|cuda THREADS SECONDS SEQUENCES,... SEQUENCES,...
FOLDER has a config.json of Llama or BLOOM. The first sequences are of one token each, without a cache; the others of 128 tokens, forward
and backward with respect to the inputs. Medians, in seconds.
"""

import inspect
import json
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch
from transformers import AutoConfig

TOKENS = 128
RUNS_MIN = 3


def median(device, seconds, body):
    body()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < RUNS_MIN or time.perf_counter() < end:
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        body()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def llama(config):
    from transformers.models.llama import modeling_llama as llama

    layer = llama.LlamaDecoderLayer(config, 0) if "layer_idx" in parameters(llama.LlamaDecoderLayer.__init__) else llama.LlamaDecoderLayer(config)
    takes_positions = "position_embeddings" in parameters(layer.forward) or "position_embeddings" in parameters(layer.self_attn.forward)
    rotary = llama.LlamaRotaryEmbedding(config=config) if takes_positions else None

    def call(hidden):
        positions = torch.arange(hidden.shape[1], device=hidden.device)[None]
        if rotary is None:
            return layer(hidden, attention_mask=causal(hidden), position_ids=positions)
        rotary.to(hidden.device)
        return layer(hidden, attention_mask=causal(hidden), position_ids=positions, position_embeddings=rotary(hidden, positions))

    return layer, call


def bloom(config):
    from transformers.models.bloom import modeling_bloom as bloom

    layer = bloom.BloomBlock(config, 0) if "layer_idx" in parameters(bloom.BloomBlock.__init__) else bloom.BloomBlock(config)

    def call(hidden):
        batch, tokens, _ = hidden.shape
        alibi = bloom.build_alibi_tensor(torch.ones(batch, tokens, device=hidden.device), config.n_head, hidden.dtype)
        mask = causal(hidden)
        if "masked_fill" in inspect.getsource(bloom.BloomAttention.forward):  # older ones take booleans
            mask = mask < 0
        return layer(hidden, alibi=alibi, attention_mask=mask)

    return layer, call


def parameters(function):
    return inspect.signature(function).parameters


def causal(hidden):
    tokens = hidden.shape[1]
    lowest = torch.finfo(hidden.dtype).min
    mask = torch.full((tokens, tokens), lowest, dtype=hidden.dtype, device=hidden.device).triu(1)
    return mask[None, None].expand(hidden.shape[0], 1, tokens, tokens)


def main():
    folder, device, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    decoded, batches = ([int(n) for n in text.split(",") if n] for text in sys.argv[5:7])
    torch.set_num_threads(threads)
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "sdpa" if config.model_type == "llama" else "eager"
    for dtype in (torch.bfloat16,) if device == "cuda" else (torch.float32, torch.bfloat16):
        with torch.device(device):
            torch.set_default_dtype(dtype)
            layer, call = {"llama": llama, "bloom": bloom}[config.model_type](config)
            torch.set_default_dtype(torch.float32)
        layer.eval().requires_grad_(False)
        common = dict(
            type=str(dtype).removeprefix("torch."),
            weight_bytes=sum(p.numel() * p.element_size() for p in layer.parameters()),
        )

        def first(result):
            return result[0] if isinstance(result, tuple) else result

        def forward(hidden):
            with torch.inference_mode():
                call(hidden)

        for sequences in decoded:
            hidden = torch.randn(sequences, 1, config.hidden_size, dtype=dtype, device=device)
            print(json.dumps(dict(common, kind="decode", sequences=sequences, forward_s=median(device, seconds, lambda: forward(hidden)))), flush=True)
        for sequences in batches:
            hidden = torch.randn(sequences, TOKENS, config.hidden_size, dtype=dtype, device=device)
            forward_s = median(device, seconds, lambda: forward(hidden))
            tracked = hidden.clone().requires_grad_(True)
            output = first(call(tracked))
            gradient = torch.ones_like(output)
            backward_s = median(device, seconds, lambda: torch.autograd.grad(output, tracked, gradient, retain_graph=True))
            print(json.dumps(dict(common, kind="batch", sequences=sequences, forward_s=forward_s, backward_s=backward_s)), flush=True)
            del tracked, output, gradient
        del layer


main()
