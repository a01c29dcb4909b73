"""Makes small LoRA adapters for a tiny checkpoint with PEFT, and what the reference computes with them.

    make_adapters.py MODEL_DIR OUT_DIR [SEED]

MODEL_DIR is a fixture folder (config.json, model.safetensors, expected.safetensors: its input_ids are used). Run it with the
stock environment (PEFT 0.5, transformers 4.34), or with later ones for the families which that does not know. For each adapter: OUT_DIR/NAME/adapter_config.json, adapter_model.safetensors,
and expected.safetensors with the tensors that fixtures have: input_ids, embedded, block.N, logits, grad_embedded, loss, greedy.
"""
import json
import os
import sys

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)

LLAMA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
BLOOM = ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"]
ALL = {
    "bloom": BLOOM,
    "falcon": BLOOM,
    "mixtral": ["q_proj", "k_proj", "v_proj", "o_proj", "gate", "w1", "w2", "w3"],
    "qwen3_moe": [*LLAMA, "gate"],
    "deepseek_v3": ["q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "o_proj", "gate_proj", "up_proj", "down_proj"],
}
SOME = {
    "bloom": dict(target_modules=["query_key_value"]),
    "falcon": dict(target_modules=["query_key_value"]),
    "llama": dict(target_modules=r".*layers\.[1-9]\.self_attn\.[qv]_proj"),
}
PATTERNS = dict(  # PEFT 0.6 and later
    target_modules=["q_proj", "k_proj", "o_proj", "down_proj"],
    use_rslora=True,
    layers_to_transform=[0, 2, 3],
    rank_pattern={"q_proj": 2, r"layers\.3\.self_attn\.o_proj": 9},
    alpha_pattern={"o_proj": 3},
)


def adapters(family):
    yield "all", dict(r=4, lora_alpha=10, target_modules=ALL.get(family, LLAMA))
    if family in SOME:
        yield "some", dict(r=6, lora_alpha=8, **SOME[family])
    else:
        yield "patterns", dict(r=6, lora_alpha=8, **PATTERNS)


def blocks_of(model):
    inner = getattr(model, "model", None) or model.transformer
    return inner.h if hasattr(inner, "h") else inner.layers


def load(folder):
    config = transformers.AutoConfig.from_pretrained(folder)
    if hasattr(config, "num_local_experts") and hasattr(config, "num_experts"):  # its name in transformers 5
        config.num_experts = config.num_local_experts
    eager = dict(attn_implementation="eager") if config.model_type.startswith("gemma") else {}
    model = transformers.AutoModelForCausalLM.from_config(config, torch_dtype=torch.float32, **eager).eval()
    weights = load_file(os.path.join(folder, "model.safetensors"))
    prefix = "" if any(name.startswith(("model.", "transformer.")) for name in weights) else "transformer."
    renamed = {name if name.startswith("lm_head") else prefix + name: tensor for name, tensor in weights.items()}
    missing, unexpected = model.load_state_dict(renamed, strict=False)
    assert not unexpected and all("lm_head" in name or "rotary" in name or "bias" in name for name in missing), (missing, unexpected)
    model.tie_weights()
    return model


def compute(model, ids):
    out = {"input_ids": ids}
    seen = []

    def before(module, args, kwargs):
        hidden = args[0] if args else kwargs["hidden_states"]
        if not seen:
            leaf = hidden.detach().clone().requires_grad_(True)
            seen.append(leaf)
            if args:
                return (leaf, *args[1:]), kwargs
            return args, {**kwargs, "hidden_states": leaf}
        return args, kwargs

    hooks = [blocks_of(model)[0].register_forward_pre_hook(before, with_kwargs=True)]
    for i, block in enumerate(blocks_of(model)):
        hooks.append(block.register_forward_hook(
            lambda module, args, output, i=i: out.__setitem__(
                f"block.{i}", (output[0] if isinstance(output, tuple) else output).detach().clone())))
    logits = model(ids, use_cache=False).logits
    for hook in hooks:
        hook.remove()
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    out.update(embedded=seen[0].detach(), logits=logits.detach(), loss=loss.detach(), grad_embedded=seen[0].grad)
    with torch.no_grad():
        row = ids[:1]
        for _ in range(24):
            row = torch.cat([row, model(row, use_cache=False).logits[:, -1:].argmax(-1)], 1)
    out["greedy"] = row
    return {name: tensor.contiguous().clone() for name, tensor in out.items()}


def main():
    folder, target = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    expected = load_file(os.path.join(folder, "expected.safetensors"))
    base = compute(load(folder), expected["input_ids"])
    difference = float((base["logits"] - expected["logits"]).abs().max())
    assert difference < 1e-3, f"the reference gives other logits for the plain model: {difference}"
    family = json.load(open(os.path.join(folder, "config.json")))["model_type"]
    for name, options in adapters(family):
        torch.manual_seed(seed + len(name))
        config = peft.LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.1, init_lora_weights=False, **options)
        adapted = peft.get_peft_model(load(folder), config).eval()
        adapted.peft_config["default"].base_model_name_or_path = os.path.basename(os.path.normpath(folder))
        adapted.save_pretrained(os.path.join(target, name), safe_serialization=True)
        os.remove(os.path.join(target, name, "README.md"))
        result = compute(adapted.base_model.model, expected["input_ids"])
        print(name, "changes logits by", float((result["logits"] - base["logits"]).abs().max()))
        save_file(result, os.path.join(target, name, "expected.safetensors"))


main()
