"""Makes the golden models that `generate.py` of the fixtures does not: other settings of sparse families.

    python variants.py FOLDER_OF_GENERATE_PY OUT_DIR
"""
import os
import sys

sys.path.insert(0, sys.argv[1])
import generate
import transformers

common = dict(vocab_size=311, hidden_size=96, intermediate_size=144, num_hidden_layers=4, num_attention_heads=6, max_position_embeddings=256)
latent = dict(num_key_value_heads=6, kv_lora_rank=20, qk_rope_head_dim=12, qk_nope_head_dim=10, v_head_dim=14)
experts = dict(n_routed_experts=12, num_experts_per_tok=3, n_group=4, topk_group=2, moe_intermediate_size=32, n_shared_experts=2,
               first_k_dense_replace=2, routed_scaling_factor=2.5)
yarn = dict(rope_type="yarn", rope_theta=10000.0, factor=40.0, original_max_position_embeddings=64, beta_fast=32, beta_slow=1,
            mscale=1.0, mscale_all_dim=0.7)
DeepSeek = transformers.DeepseekV3Config


def make(folder, name, config, seed):
    generate.make(name, config, os.path.join(sys.argv[2], folder), seed)


make("yarn", "deepseek_v3", DeepSeek(**common, **latent, **experts, q_lora_rank=28, rope_parameters=yarn), 5)
make("plain", "deepseek_v3", DeepSeek(**common, **latent, **experts, q_lora_rank=None, rope_interleave=False, norm_topk_prob=False), 5)
make("mixed", "qwen3_moe", transformers.Qwen3MoeConfig(
    **common, num_key_value_heads=2, head_dim=20, num_experts=7, num_experts_per_tok=3, moe_intermediate_size=40, norm_topk_prob=False,
    decoder_sparse_step=2, mlp_only_layers=[3]), 6)
