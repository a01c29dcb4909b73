"""A stock Petals client that answers on demand: tools/chaos.sh --stock.

    stock_answers.py MODEL_DIR PREFIX INITIAL_PEER

Reads lines "TOKENS ID ID ..." (how many tokens to generate greedily after which prompt), and prints "step PEER_ID ..." after each token,
with the servers in use, and "answer ID ..." at the end, or "failed WHY". All settings, retries too, are Petals' own.
"""
import argparse
import sys

import torch
from petals import AutoDistributedModelForCausalLM

from stock_node import say, tie_children


class Steps:
    """What transformers calls a streamer: is told the prompt, then each token."""

    def __init__(self, model):
        self.model = model
        self.has_prompt = False

    def put(self, _):
        if self.has_prompt:
            session = self.model.active_session
            say(" ".join(["step"] + [str(server.span.peer_id) for server in session._server_sessions]))
        self.has_prompt = True

    def end(self):
        pass


def answer(model, tokens, prompt):
    with torch.no_grad():
        ids = model.generate(torch.tensor([prompt]), max_new_tokens=tokens, do_sample=False, streamer=Steps(model))
    return ids[0, len(prompt):].tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of the model, as Hugging Face lays it out")
    parser.add_argument("prefix", help="the servers' --dht_prefix")
    parser.add_argument("peer", help="multiaddress of an initial peer")
    options = parser.parse_args()
    tie_children()
    model = AutoDistributedModelForCausalLM.from_pretrained(
        options.model, dht_prefix=options.prefix, initial_peers=[options.peer], torch_dtype=torch.float32
    )
    model.generation_config.eos_token_id = None  # an answer has as many tokens as were asked for
    for line in sys.stdin:
        tokens, *prompt = map(int, line.split())
        try:
            say(" ".join(map(str, ["answer", *answer(model, tokens, prompt)])))
        except Exception as failure:  # whatever it is, it is what came of this answer
            say(f"failed {failure!r}".replace("\n", " "))


if __name__ == "__main__":
    main()
