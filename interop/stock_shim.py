"""Lets petals 2.2.0.post1 run on hivemind 1.1.12, the newest hivemind release that ships a p2pd binary.

`setup-stock.sh` copies this file into the environment's site-packages with a `.pth` file that imports it whenever that
Python starts. (Not as `sitecustomize`: Debian's Python has one of its own, which would win.) Nothing here changes a byte
on the wire. Each difference is bridged where it shows, at import time:

* Petals refuses a hivemind that its own pins don't name, and the Hugging Face libraries look for a network: environment
  variables turn both off.
* hivemind 1.1.12 no longer offers at its top level many names that petals 2.2 takes from there (`from hivemind import
  MPFuture, nested_flatten, ...`): they are put back.
* hivemind 1.1.12 wants pydantic 2, petals 2.2 pydantic 1: hivemind is imported first, with pydantic 2; then the name
  `pydantic` stands for its own `pydantic.v1`.
* p2pd asks the router for a port by default. A test peer lives on loopback and has no router to ask: off.

All but the first wait until something imports `petals`, so that pip and other programs don't pay for it.
"""
import builtins
import importlib
import importlib.abc
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("PETALS_IGNORE_DEPENDENCY_VERSION", "1")

# Where petals finds under other paths what hivemind 1.1.12 keeps; order matters only for equal names (the first wins).
HIVEMIND_PARTS = (
    "p2p",
    "utils", "utils.asyncio", "utils.logging", "utils.streaming", "utils.tensor_descr", "utils.nested",
    "utils.mpfuture", "utils.timed_storage",
    "dht", "dht.node",
    "compression", "compression.serialization",
    "moe", "moe.expert_uid", "moe.client.remote_expert_worker",
)


def fit_hivemind_to_petals():
    import hivemind

    for part in HIVEMIND_PARTS:
        module = importlib.import_module(f"hivemind.{part}")
        for name, value in vars(module).items():
            if not name.startswith("__"):
                vars(hivemind).setdefault(name, value)
    # A utility of older hivemind that Python has had as a builtin since 3.10.
    vars(hivemind).setdefault("anext", builtins.anext)

    hivemind.p2p.P2P.create.__func__.__kwdefaults__["nat_port_map"] = False

    import pydantic.v1

    sys.modules["pydantic"] = pydantic.v1


class BeforePetals(importlib.abc.MetaPathFinder):
    """Finds no module: it notices the first import of petals and prepares hivemind for it."""

    def find_spec(self, name, path=None, target=None):
        if name == "petals":
            sys.meta_path.remove(self)
            fit_hivemind_to_petals()
        return None


sys.meta_path.insert(0, BeforePetals())
