"""A stock Petals client over a link: steps/s of a session of one token, and tokens/s of a forward. Run by bench/links.sh.

    stock_steps.py MODEL_DIR PREFIX INITIAL_PEER [--steps N] [--batch N] [--length N] [--repeat N]

Prints one JSON object. Hidden states only, as 'corolla bench session' and 'corolla bench forward' do: no embeddings, no head.
"""
import argparse
import json
import os
import sys
import time

import torch
from petals import AutoDistributedModelForCausalLM

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "interop"))
from stock_node import tie_children  # noqa: E402

WARM_UP_STEPS = 10


def steps(layers, hidden_size, count):
    hidden = torch.randn(1, 1, hidden_size)
    nanos = []
    with torch.no_grad(), layers.inference_session(max_length=count + WARM_UP_STEPS) as session:
        for _ in range(count + WARM_UP_STEPS):
            start = time.perf_counter_ns()
            session.step(hidden)
            nanos.append(time.perf_counter_ns() - start)
    measured = sorted(nanos[WARM_UP_STEPS:])
    return {"steps_per_s": count / (sum(measured) / 1e9), "step_us_p50": measured[count // 2] / 1e3}


def forwards(layers, hidden_size, batch, length, repeat):
    hidden = torch.randn(batch, length, hidden_size)
    seconds = []
    with torch.no_grad():
        layers(hidden[:1])
        for _ in range(repeat):
            start = time.perf_counter()
            layers(hidden)
            seconds.append(time.perf_counter() - start)
    return {"tokens_per_s": batch * length / sorted(seconds)[repeat // 2]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of the model, as Hugging Face lays it out")
    parser.add_argument("prefix", help="the servers' --dht_prefix")
    parser.add_argument("peer", help="multiaddress of an initial peer")
    parser.add_argument("--steps", type=int, default=0, help="steps of a session, 0: none")
    parser.add_argument("--batch", type=int, default=0, help="sequences of a forward, 0: none")
    parser.add_argument("--length", type=int, default=128, help="tokens of each")
    parser.add_argument("--repeat", type=int, default=1, help="how many forwards; the median counts")
    options = parser.parse_args()
    tie_children()
    model = AutoDistributedModelForCausalLM.from_pretrained(
        options.model, dht_prefix=options.prefix, initial_peers=[options.peer], torch_dtype=torch.float32, max_retries=3
    )
    layers, hidden_size = model.model.layers, model.config.hidden_size
    result = {}
    if options.steps:
        result |= steps(layers, hidden_size, options.steps)
    if options.batch:
        result |= forwards(layers, hidden_size, options.batch, options.length, options.repeat)
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
