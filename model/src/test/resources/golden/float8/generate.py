"""Writes tensors.safetensors and the checkpoint model/: eight-bit floats with scales, and what torch and transformers make of them.

    pip install torch transformers==4.57.6 safetensors
    python generate.py GOLDEN_MODELS

tensors.safetensors: NAME in eight bits, its scales, and NAME.f32, NAME.bf16, their product in float32 and rounded. model/ is
golden/models/deepseek_v3 with all linear layers of its first two blocks in eight bits, as DeepSeek-V3 is published;
expected.safetensors: input_ids and the logits that transformers computes in float32 with the decoded weights.
"""
import json
import os
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file

torch.manual_seed(1)
torch.set_num_threads(1)
E4M3, E5M2 = torch.float8_e4m3fn, torch.float8_e5m2


def spread(scales, shape, square):
    for axis in (-2, -1):
        scales = scales.repeat_interleave(square[axis], axis).narrow(axis, 0, shape[axis])
    return scales


def encoded(weights, dtype, square):
    down, across = [-(-size // side) for size, side in zip(weights.shape[-2:], square)]
    scales = torch.empty(*weights.shape[:-2], down, across)
    for i in range(down):
        for j in range(across):
            part = weights[..., i * square[0]:(i + 1) * square[0], j * square[1]:(j + 1) * square[1]]
            scales[..., i, j] = part.abs().amax((-2, -1)) / torch.finfo(dtype).max
    codes = (weights / spread(scales, weights.shape, square)).to(dtype)
    return codes, scales, codes.float() * spread(scales, weights.shape, square)


tensors = {}
for name, shape, dtype, square, suffix in (("squares", (130, 140), E4M3, (128, 128), "_scale_inv"), ("other", (3, 140), E5M2, (128, 128), "_scale_inv"),
                                           ("stacked", (2, 130, 12), E4M3, (128, 128), "_scale_inv"), ("rows", (5, 40), E4M3, (1, 40), "_scale")):
    codes, scales, decoded = encoded(torch.randn(shape) * torch.randn(shape[:-1] + (1,)), dtype, square)
    tensors |= {name: codes, name + suffix: scales, name + ".f32": decoded, name + ".bf16": decoded.bfloat16()}
save_file(tensors, "tensors.safetensors")

golden = os.path.join(sys.argv[1], "deepseek_v3")
config = json.load(open(os.path.join(golden, "config.json"))) | dict(num_hidden_layers=2)
weights, stored, plain = load_file(os.path.join(golden, "model.safetensors")), {}, {}
for name, tensor in weights.items():
    if any(f"layers.{i}." in name for i in range(2, 6)):
        continue
    stored[name] = plain[name] = tensor
    if "layers." in name and tensor.ndim == 2 and not name.endswith("mlp.gate.weight"):
        stored[name], stored[name + "_scale_inv"], plain[name] = encoded(tensor, E4M3, (128, 128))
os.makedirs("model", exist_ok=True)
save_file(stored, "model/model.safetensors")
json.dump(config, open("model/config.json", "w"), indent=2, sort_keys=True)

known = {key: value for key, value in config.items() if key not in ("rope_parameters", "dtype", "transformers_version")}
model = transformers.DeepseekV3ForCausalLM(transformers.DeepseekV3Config(**known, rope_theta=10000.0)).float().eval()
missing, unexpected = model.load_state_dict(plain, strict=False)
assert not missing and not unexpected, (missing, unexpected)
ids = torch.randint(3, config["vocab_size"], (2, 12))
with torch.no_grad():
    save_file({"input_ids": ids, "logits": model(input_ids=ids, use_cache=False).logits}, "model/expected.safetensors")
