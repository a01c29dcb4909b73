"""A stock Petals client against whatever serves a model's blocks, compared with the same model run locally.

    stock_client.py MODEL_DIR PREFIX INITIAL_PEER... [--tokens N] [--steps N] [--no-backward] [--adapter FOLDER]
        [--servers PEER_ID...]...

Prints one JSON object: whether greedy tokens are equal, the largest difference of logits and (unless --no-backward) of
input gradients, and single-token session steps per second. With --servers, once or more: one such line for each, using
only the servers named. With --adapter: with that LoRA adapter, which servers announce by the path of its folder, against PEFT.
"""
import argparse
import json
import time

import torch
from petals import AutoDistributedModelForCausalLM
from transformers import AutoModelForCausalLM

from stock_node import tie_children

PROMPT = torch.arange(3, 11)[None]


def input_gradient(model):
    inputs = model.get_input_embeddings()(PROMPT).detach().float().requires_grad_(True)
    model(inputs_embeds=inputs).logits.float().logsumexp(-1).sum().backward()
    return inputs.grad


def largest_difference(one, other):
    return float((one - other).abs().max())


def steps_per_second(model, steps):
    hidden = torch.randn(1, 1, model.config.hidden_size)
    with torch.no_grad(), model.inference_session(max_length=steps + 8) as session:
        for _ in range(4):
            session.step(hidden)
        start = time.perf_counter()
        for _ in range(steps):
            session.step(hidden)
        return steps / (time.perf_counter() - start)


def adapted(model, folder):
    from peft import PeftModel

    return PeftModel.from_pretrained(model, folder).base_model.model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of the model, as Hugging Face lays it out")
    parser.add_argument("prefix", help="the servers' --dht_prefix")
    parser.add_argument("peers", nargs="+", help="multiaddresses of initial peers")
    parser.add_argument("--tokens", type=int, default=48, help="greedy tokens to compare")
    parser.add_argument("--steps", type=int, default=100, help="session steps to time")
    parser.add_argument("--servers", nargs="+", action="append", help="peer ids: use only these; may be repeated")
    parser.add_argument("--adapter", metavar="FOLDER", help="LoRA adapter to use")
    parser.add_argument("--no-backward", action="store_true", help="leave gradients out")
    options = parser.parse_args()
    tie_children()

    local = AutoModelForCausalLM.from_pretrained(options.model, torch_dtype=torch.float32)
    if options.adapter:
        local = adapted(local, options.adapter)
    expected = local.generate(PROMPT, max_new_tokens=options.tokens, do_sample=False)
    for servers in options.servers or [None]:
        remote = AutoDistributedModelForCausalLM.from_pretrained(
            options.model, dht_prefix=options.prefix, initial_peers=options.peers, torch_dtype=torch.float32,
            max_retries=3, allowed_servers=servers, active_adapter=options.adapter,
        )
        print(json.dumps(compare(remote, local, expected, options)), flush=True)


def compare(remote, local, expected, options):
    result = {}
    generated = remote.generate(PROMPT, max_new_tokens=options.tokens, do_sample=False)
    result["greedy_equal"] = torch.equal(generated, expected)
    result["tokens"] = generated[0].tolist()
    with torch.no_grad():
        result["logits_max_diff"] = largest_difference(remote(PROMPT).logits, local(PROMPT).logits)
    if not options.no_backward:
        result["input_grad_max_diff"] = largest_difference(input_gradient(remote), input_gradient(local))
    result["steps_per_s"] = round(steps_per_second(remote, options.steps), 1)
    return result


if __name__ == "__main__":
    main()
