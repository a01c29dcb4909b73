"""Turns a Llama-like GGUF file into a folder of f32 safetensors with configuration and tokenizer, as Jlama reads it.

Usage: gguf_to_folder.py FILE.gguf FOLDER   (with the packages gguf and numpy)
"""

import json
import pathlib
import struct
import sys

import gguf
import numpy

NAMES = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head", "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def main():
    reader = gguf.GGUFReader(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    value = lambda name: fields["llama." + name]
    heads, kv_heads = value("attention.head_count"), value("attention.head_count_kv")
    tensors = {}
    for tensor in reader.tensors:
        weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        parts = tensor.name.split(".")
        if parts[0] == "blk":
            name = f"model.layers.{parts[1]}.{NAMES[parts[2]]}.{parts[3]}"
        else:
            name = f"{NAMES[parts[0]]}.{parts[1]}"
        if len(parts) > 2 and parts[2] in ("attn_q", "attn_k"):  # the file has pairs of a rotation side by side
            count = heads if parts[2] == "attn_q" else kv_heads
            rows, columns = weights.shape
            weights = weights.reshape(count, rows // count // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)
        tensors[name] = numpy.ascontiguousarray(weights)
    if "lm_head.weight" not in tensors:
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
    header, end = {"__metadata__": {"format": "pt"}}, 0  # transformers asks for the format
    for name, weights in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(weights.shape), "data_offsets": [end, end + weights.nbytes]}
        end += weights.nbytes
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for weights in tensors.values():
            file.write(weights.tobytes())
    vocabulary = fields["tokenizer.ggml.tokens"]
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": value("embedding_length"),
        "intermediate_size": value("feed_forward_length"), "num_attention_heads": heads, "num_key_value_heads": kv_heads,
        "num_hidden_layers": value("block_count"), "max_position_embeddings": value("context_length"),
        "rms_norm_eps": value("attention.layer_norm_rms_epsilon"), "rope_theta": value("rope.freq_base"), "vocab_size": len(vocabulary),
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"], "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "tie_word_embeddings": False, "torch_dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config))
    types = fields["tokenizer.ggml.token_type"]
    special = [
        {"id": i, "content": text, "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        for i, text in enumerate(vocabulary) if types[i] == 3
    ]
    tokenizer = {
        "version": "1.0", "added_tokens": special, "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "byte_fallback": False, "fuse_unk": False, "ignore_merges": False,
            "vocab": {text: i for i, text in enumerate(vocabulary)}, "merges": list(fields["tokenizer.ggml.merges"]),
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text("{}")
    (folder / "README.md").write_text("Made from a GGUF file.\n")  # Jlama wants one


main()
