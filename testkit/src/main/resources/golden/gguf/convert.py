"""Makes GGUF files of the golden models with llama.cpp's own converter.

    pip install torch transformers==4.57.6 sentencepiece safetensors
    python convert.py LLAMA_CPP_SOURCE GOLDEN_MODELS OUT_DIR [--whole]

Of each model its first blocks, in float32: OUT_DIR/NAME.gguf, and OUT_DIR/NAME.json, the config.json that the converter saw: the golden
one with fewer blocks, and with what its family's published files say but the newest transformers leaves out. --whole keeps all blocks, for
`corolla verify` by hand. The golden models have no tokenizer: the vocabulary is bytes and one merge, and the converter's question
which pre-tokenizer that is gets its answer here.
"""
import json
import os
import runpy
import sys
import tempfile

from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

SOURCE, GOLDEN, OUT = sys.argv[1:4]
WHOLE = "--whole" in sys.argv[4:]
MODELS = {  # blocks to keep, pre-tokenizer, changes of config.json
    "bloom": (1, "bloom", {}),
    "bloom_six_heads": (1, "bloom", {}),
    "deepseek_v3": (2, "deepseek-v3", dict(scoring_func="sigmoid", topk_method="noaux_tc", head_dim=None)),
    "deepseek_v3_yarn": (3, "deepseek-v3", dict(scoring_func="sigmoid", topk_method="noaux_tc", head_dim=None)),
    "falcon40": (1, "falcon", {}),
    "falcon7": (1, "falcon", dict(num_kv_heads=1)),
    "falcon_one_norm": (1, "falcon", {}),
    "gemma3": (6, "gpt-2", {}),
    "gpt_oss": (2, "gpt-4o", {}),
    "llama": (2, "llama-bpe", {}),
    "llama3": (1, "llama-bpe", {}),
    "llama_biased": (1, "llama-bpe", {}),
    "mistral": (1, "tekken", dict(sliding_window=None)),
    "mixtral": (1, "llama-bpe", {}),
    "qwen2": (1, "qwen2", {}),
    "qwen3": (1, "qwen2", {}),
    "qwen3_moe": (1, "qwen2", {}),
}


def change(config, name, blocks, changes):
    for key, value in changes.items():
        config[key] = value
        if value is None and key != "sliding_window":
            del config[key]
    rope = config.get("rope_parameters") or {}
    if rope.get("mscale"):  # GGUF has one number for both
        rope["mscale"] = rope["mscale_all_dim"]
    count = "n_layer" if "n_layer" in config else "num_hidden_layers"
    if not WHOLE:
        config[count] = min(blocks, config[count])
        if config.get("layer_types"):
            config["layer_types"] = config["layer_types"][:config[count]]
    return config


def write_tokenizer(folder, words):
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())[: words - 1]
    vocabulary = {text: i for i, text in enumerate([*letters, "ab", *[f"<{i}>" for i in range(len(letters) + 1, words)]])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("a", "b")]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"}, file)


def convert(name, blocks, pre, changes):
    with open(os.path.join(GOLDEN, name, "config.json")) as file:
        config = change(json.load(file), name, blocks, changes)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file, indent=2, sort_keys=True)
        with open(os.path.join(OUT, name + ".json"), "w") as file:
            json.dump(config, file, indent=2, sort_keys=True)
        count = config.get("n_layer", config.get("num_hidden_layers"))
        tensors = load_file(os.path.join(GOLDEN, name, "model.safetensors"))
        block = {key: [int(part) for part in key.split(".") if part.isdecimal()] for key in tensors}
        tensors = {key: tensor for key, tensor in tensors.items() if not block[key] or block[key][0] < count}
        save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
        write_tokenizer(folder, config["vocab_size"])
        from conversion.base import TextModel
        TextModel.get_vocab_base_pre = lambda self, tokenizer: pre
        sys.argv = ["convert", folder, "--outtype", "f32", "--outfile", os.path.join(OUT, name + ".gguf"), "--model-name", name]
        runpy.run_path(os.path.join(SOURCE, "convert_hf_to_gguf.py"), run_name="__main__")


sys.path[0:0] = [SOURCE, os.path.join(SOURCE, "gguf-py")]
os.makedirs(OUT, exist_ok=True)
for name, (blocks, pre, changes) in MODELS.items():
    convert(name, blocks, pre, changes)
