"""A stock hivemind DHT node on loopback, driven line by line; the counterpart in tests of Corolla's DHT.

    stock_dht.py listen [--identity FILE] [--initial-peer MULTIADDR]... [--client]

Prints `listening MULTIADDR` for each of its addresses, then `ready PEER_ID`. Then each line of standard input is a JSON
command, answered by one line of JSON:

    {"op": "store", "key": "k", "subkey": "s" or null, "value": V, "ttl": 30}   {"ok": true or false}
        ("expiration": absolute seconds in place of "ttl"; ok is false when a newer record is there, or nobody took it)
    {"op": "get", "key": "k", "latest": true}        {"found": true, "value": V, "expiration": T}, or for a dictionary
        {"found": true, "subkeys": [{"subkey": S, "value": V, "expiration": T}, ...], "expiration": T}, or {"found": false}
    {"op": "local", "key": "k"}    the same answers, from this node's own storage alone: what others have stored here
    {"op": "peers"}                {"routing": [PEER_ID, ...], "connected": [PEER_ID, ...]}
    {"op": "time"}                 {"time": T}, the DHT's clock
    {"op": "quit"}                 {"ok": true}, and the node ends; so it does when standard input ends

A failed command answers {"error": "..."} and the node goes on; one that takes 30 seconds has failed. What JSON lacks is
written {"$bytes": "hex"} and {"$tuple": [...]}, both ways. Maps have strings for keys: hivemind can store a record whose
value has other keys, but not read it, and a `get` of it never returns.
"""
import argparse
import json
import sys

from hivemind.dht import DHT
from hivemind.dht.routing import DHTID
from hivemind.dht.storage import DictionaryDHTValue
from hivemind.utils import MSGPackSerializer, get_dht_time
from hivemind.utils.timed_storage import ValueWithExpiration

from stock_node import LOOPBACK, end_on_sigterm, say, tie_children

PATIENCE = 30  # seconds for one command


def to_json(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": bytes(value).hex()}
    if isinstance(value, tuple):
        return {"$tuple": [to_json(item) for item in value]}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(value):
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"$bytes"}:
            return bytes.fromhex(value["$bytes"])
        if value.keys() == {"$tuple"}:
            return tuple(from_json(item) for item in value["$tuple"])
        return {key: from_json(item) for key, item in value.items()}
    return value


def record(found):
    """The answer for a (value, expiration) or None. A dictionary record's items are such pairs themselves."""
    if found is None:
        return {"found": False}
    value, expiration = found
    if isinstance(value, dict) and value and all(isinstance(item, ValueWithExpiration) for item in value.values()):
        subkeys = [
            {"subkey": to_json(subkey), "value": to_json(item.value), "expiration": item.expiration_time}
            for subkey, item in sorted(value.items(), key=lambda pair: str(pair[0]))
        ]
        return {"found": True, "subkeys": subkeys, "expiration": expiration}
    return {"found": True, "value": to_json(value), "expiration": expiration}


async def local_record(key, _dht, node):
    found = node.protocol.storage.get(DHTID.generate(key))
    if found is None:
        return None
    loads = MSGPackSerializer.loads
    if isinstance(found.value, DictionaryDHTValue):
        items = {
            subkey: ValueWithExpiration(loads(item.value), item.expiration_time) for subkey, item in found.value.items()
        }
        return ValueWithExpiration(items, found.expiration_time)
    return ValueWithExpiration(loads(found.value), found.expiration_time)


async def peers(_dht, node):
    connected = await node.p2p.list_peers()
    return (
        sorted(peer.to_base58() for peer in node.protocol.routing_table.uid_to_peer_id.values()),
        sorted({info.peer_id.to_base58() for info in connected}),
    )


class LocalRecord:
    """A picklable closure: coroutines travel to the node's process by name."""

    def __init__(self, key):
        self.key = key

    def __call__(self, dht, node):
        return local_record(self.key, dht, node)


def answer(dht, command):
    op = command["op"]
    if op == "store":
        expiration = command["expiration"] if "expiration" in command else get_dht_time() + command["ttl"]
        value, subkey = from_json(command["value"]), from_json(command.get("subkey"))
        stored = dht.store(command["key"], value, expiration, subkey=subkey, return_future=True)
        return {"ok": bool(stored.result(PATIENCE))}
    if op == "get":
        found = dht.get(command["key"], latest=command.get("latest", False), return_future=True)
        return record(found.result(PATIENCE))
    if op == "local":
        return record(dht.run_coroutine(LocalRecord(command["key"])))
    if op == "peers":
        routing, connected = dht.run_coroutine(peers)
        return {"routing": routing, "connected": connected}
    if op == "time":
        return {"time": get_dht_time()}
    raise ValueError(f"no such op: {op}")


def listen(options):
    tie_children()
    end_on_sigterm()
    dht = DHT(
        options.initial_peer or None,
        start=True,
        identity_path=options.identity,
        client_mode=options.client,
        **LOOPBACK,
    )
    try:
        if not options.client:
            for address in dht.get_visible_maddrs():
                say(f"listening {address}")
        say(f"ready {dht.peer_id.to_base58()}")
        for line in sys.stdin:
            if not line.strip():
                continue
            try:
                command = json.loads(line)
                if command["op"] == "quit":
                    say(json.dumps({"ok": True}))
                    break
                say(json.dumps(answer(dht, command)))
            except Exception as failure:
                say(json.dumps({"error": f"{type(failure).__name__}: {failure}"}))
    finally:
        dht.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    listener = commands.add_parser("listen", help="start a node and take commands from standard input")
    listener.add_argument("--identity", help="file with the node's private key; made when missing")
    listener.add_argument("--initial-peer", action="append", default=[], help="multiaddress of a peer to join")
    listener.add_argument("--client", action="store_true", help="a client: stores nothing for others")
    listener.set_defaults(run=listen)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
