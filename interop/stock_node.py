"""What the stock programs share: loopback settings, and helper processes that never outlive the program."""
import asyncio
import ctypes
import os
import signal
import sys

from hivemind.dht import DHT

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# Keyword arguments for hivemind's P2P: loopback TCP only; no relay, no port mapping, no reachability probes.
LOOPBACK = dict(
    host_maddrs=["/ip4/127.0.0.1/tcp/0"], use_relay=False, use_auto_relay=False, nat_port_map=False, auto_nat=False
)


def die_with_parent():
    """Asks the kernel to end this process when its parent ends, even by SIGKILL (Linux)."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def tie_children():
    """Ties to their parents the processes that hivemind starts from here on: the DHT's own, and every p2pd."""
    start, run = asyncio.subprocess.create_subprocess_exec, DHT.run

    def tied_start(*args, **kwargs):
        return start(*args, preexec_fn=die_with_parent, **kwargs)

    def tied_run(self):
        die_with_parent()
        run(self)

    asyncio.subprocess.create_subprocess_exec, DHT.run = tied_start, tied_run


def end_on_sigterm():
    """Turns SIGTERM into a normal exit, so that `finally` clauses run."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def say(line):
    """One line on standard output, at once. Logs go to standard error."""
    print(line, flush=True)
