"""What Petals' own benchmark scripts do, by a stock client, on several chains of servers in one run: the same numbers, and speeds side by side.

    stock_benchmark.py MODEL_DIR PREFIX INITIAL_PEER... --servers NAME PEER_ID... --servers NAME PEER_ID...

Generation token by token; a forward of 1 and of 64 sequences; a step of prompt tuning (forward, backward, optimizer) with
tuning_mode ptune and deep_ptune. One JSON line for each chain with its speeds in tokens/s, then one with the largest differences of
each chain's numbers from those of the first, relative to the largest number.
"""
import argparse
import json
import time

import torch
from petals import AutoDistributedModelForCausalLM

from stock_node import tie_children

PROMPT_TOKENS = 4
TRAINED_BATCH = 4


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def token_ids(model, batch, length, seed):
    return torch.randint(3, model.config.vocab_size, (batch, length), generator=seeded(seed))


class Chain:
    """One chain's servers: what was computed there, and how fast."""

    def __init__(self, options, servers):
        self.options, self.servers = options, servers
        self.numbers, self.speeds = {}, {}

    def model(self, **settings):
        return AutoDistributedModelForCausalLM.from_pretrained(
            self.options.model, dht_prefix=self.options.prefix, initial_peers=self.options.peers,
            torch_dtype=torch.float32, max_retries=3, allowed_servers=self.servers, **settings,
        )

    def timed(self, name, tokens, work):
        start = time.perf_counter()
        result = work()
        self.speeds[name] = round(tokens / (time.perf_counter() - start), 1)
        return result

    def run(self):
        model = self.model()
        self.generate(model)
        for batch in (1, 64):
            self.forward(model, batch)
        for mode in ("ptune", "deep_ptune"):
            self.tune(mode)

    def generate(self, model):
        count = self.options.tokens
        ids = token_ids(model, 1, 8, seed=1)
        with model.inference_session(max_length=8 + count) as session:
            def one_by_one():
                out = ids
                for _ in range(count):
                    out = model.generate(ids if out is ids else None, max_new_tokens=1, do_sample=False, session=session)
                return session.output_ids
            self.numbers["generated"] = self.timed("generation", count, one_by_one).float()

    def forward(self, model, batch):
        ids = token_ids(model, batch, self.options.length, seed=2)
        with torch.no_grad():
            model(ids[:1])  # routes and connections
            logits = self.timed(f"forward {batch}", ids.numel(), lambda: model(ids).logits)
        self.numbers[f"forward {batch}"] = logits

    def tune(self, mode):
        model = self.model(tuning_mode=mode, pre_seq_len=PROMPT_TOKENS)
        trained = [(name, p) for name, p in model.named_parameters() if "prompt" in name and p.requires_grad]
        assert trained, f"nothing to train with {mode}"
        with torch.no_grad():
            for index, (_, parameter) in enumerate(trained):
                parameter.copy_(torch.randn(parameter.shape, generator=seeded(10 + index)) * 0.1)
        optimizer = torch.optim.SGD([parameter for _, parameter in trained], lr=1e-2)
        ids = token_ids(model, TRAINED_BATCH, self.options.length, seed=3)
        loss = self.timed(f"{mode} forward", ids.numel(), lambda: model(ids, labels=ids).loss)
        self.timed(f"{mode} backward", ids.numel(), loss.backward)
        for name, parameter in trained:
            self.numbers[f"{mode} gradient of {name}"] = parameter.grad.clone()
        optimizer.step()
        with torch.no_grad():
            after = model(ids, labels=ids).loss
        self.numbers[f"{mode} loss"] = torch.stack([loss.detach(), after])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of the model, as Hugging Face lays it out")
    parser.add_argument("prefix", help="the servers' --dht_prefix")
    parser.add_argument("peers", nargs="+", help="multiaddresses of initial peers")
    parser.add_argument("--servers", nargs="+", action="append", required=True, help="a name, then the peer ids of a chain")
    parser.add_argument("--tokens", type=int, default=64, help="tokens to generate")
    parser.add_argument("--length", type=int, default=64, help="tokens of each sequence of a forward")
    options = parser.parse_args()
    tie_children()

    first = None
    differences = {}
    for name, *servers in options.servers:
        chain = Chain(options, servers)
        chain.run()
        print(json.dumps({"chain": name, **chain.speeds}), flush=True)
        first = first or chain
        differences[name] = {
            key: float((value - first.numbers[key]).abs().max() / first.numbers[key].abs().max().clamp_min(1e-9))
            for key, value in chain.numbers.items()
        }
    print(json.dumps({"differences": differences}), flush=True)


if __name__ == "__main__":
    main()
