"""A stock hivemind RPC peer on loopback: server or client of the same small service, for tests of Corolla's P2P host.

    stock_rpc.py serve [--identity FILE] [--initial-peer MULTIADDR]...
        Prints `listening MULTIADDR` for each address, then `ready PEER_ID`; then one JSON line per event, e.g.
        {"event": "slow", "state": "started" or "cancelled"}. Ends with standard input or SIGTERM.
    stock_rpc.py call MULTIADDR [--timeout 10] [--only METHOD,...]
        Calls every method of the peer there and prints one JSON object: per method {"ok": true, ...} or
        {"ok": false, "error": ...}; or {"connect": {"ok": false, ...}}. Exits with 0 only if every call went as it should.

The service, `EchoProtocol`, which a peer under `call` has to offer in the same way (requests are ExpertRequest, responses
ExpertResponse; a handler's name on the wire is `EchoProtocol.rpc_...`):

    rpc_echo           unary            the request's tensors and metadata, unchanged
    rpc_stream         stream, stream   one response per request as it comes, unchanged; ends when the requests end
    rpc_stream_fail    stream, stream   answers the first request, then fails with `boom`
    rpc_fail           unary            fails with `boom`
    rpc_slow           unary            never answers; counts when its caller cancels
    rpc_stream_slow    stream, stream   answers the first request, then never again; counts when its caller goes away
    rpc_was_cancelled  unary            metadata: JSON {"slow": N, "stream_slow": N}, those counts
"""
import argparse
import asyncio
import json
import os
import signal
import sys
import threading
import time
from typing import AsyncIterator

import torch
from hivemind.compression import deserialize_torch_tensor, serialize_torch_tensor
from hivemind.p2p import P2P, P2PContext, P2PDaemonError, P2PHandlerError, PeerID, ServicerBase
from hivemind.proto.runtime_pb2 import CompressionType, ExpertRequest, ExpertResponse
from hivemind.utils.asyncio import as_aiter
from hivemind.utils.multiaddr import Multiaddr

from stock_node import LOOPBACK, end_on_sigterm, say, tie_children


def echo(request):
    return ExpertResponse(tensors=request.tensors, metadata=request.metadata)


class EchoProtocol(ServicerBase):
    def __init__(self):
        self.cancelled = {"slow": 0, "stream_slow": 0}

    async def until_cancelled(self, name):
        say(json.dumps({"event": name, "state": "started"}))
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled[name] += 1
            say(json.dumps({"event": name, "state": "cancelled"}))

    async def rpc_echo(self, request: ExpertRequest, context: P2PContext) -> ExpertResponse:
        return echo(request)

    async def rpc_stream(
        self, requests: AsyncIterator[ExpertRequest], context: P2PContext
    ) -> AsyncIterator[ExpertResponse]:
        async for request in requests:
            yield echo(request)

    async def rpc_stream_fail(
        self, requests: AsyncIterator[ExpertRequest], context: P2PContext
    ) -> AsyncIterator[ExpertResponse]:
        async for request in requests:
            yield echo(request)
            raise ValueError("boom")

    async def rpc_fail(self, request: ExpertRequest, context: P2PContext) -> ExpertResponse:
        raise ValueError("boom")

    async def rpc_slow(self, request: ExpertRequest, context: P2PContext) -> ExpertResponse:
        await self.until_cancelled("slow")
        return ExpertResponse()

    async def rpc_stream_slow(
        self, requests: AsyncIterator[ExpertRequest], context: P2PContext
    ) -> AsyncIterator[ExpertResponse]:
        async for request in requests:
            yield echo(request)
            await self.until_cancelled("stream_slow")

    async def rpc_was_cancelled(self, request: ExpertRequest, context: P2PContext) -> ExpertResponse:
        return ExpertResponse(metadata=json.dumps(self.cancelled).encode())


async def until_told_to_end():
    """Until standard input ends or SIGTERM comes."""
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, end.set)

    def read():
        # os.read, since a thread blocked in sys.stdin would hold its lock when Python shuts down.
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(end.set)

    threading.Thread(target=read, daemon=True).start()
    await end.wait()


async def serve(options):
    p2p = await P2P.create(
        identity_path=options.identity, initial_peers=options.initial_peer or None, **LOOPBACK
    )
    try:
        await EchoProtocol().add_p2p_handlers(p2p)
        for address in await p2p.get_visible_maddrs(latest=True):
            say(f"listening {address}")
        say(f"ready {p2p.peer_id.to_base58()}")
        await until_told_to_end()
    finally:
        await p2p.shutdown()
    return 0


def request(number=0, elements=12, compression=CompressionType.NONE):
    """A request with tensors of three types and metadata of every byte value."""
    floats = torch.arange(elements, dtype=torch.float32).reshape(1, -1) / 7 - number
    tensors = [
        serialize_torch_tensor(floats, compression),
        serialize_torch_tensor(torch.tensor([[number, -1, 1 << 40]], dtype=torch.int64)),
        serialize_torch_tensor(torch.empty(0, 3)),
    ]
    return ExpertRequest(uid=f"uid.{number}", tensors=tensors, metadata=bytes(range(256)) + str(number).encode())


def check_echo(sent, received):
    if list(sent.tensors) != list(received.tensors):
        raise AssertionError("the tensors came back changed")
    if sent.metadata != received.metadata:
        raise AssertionError(f"the metadata came back changed: {received.metadata!r}")
    for tensor in received.tensors:
        deserialize_torch_tensor(tensor)


class Caller:
    """Calls each method of one peer; a method here that returns went as it should, and returns what to print."""

    def __init__(self, p2p, peer):
        self.stub = EchoProtocol.get_stub(p2p, peer)

    async def echo(self):
        sizes = [1, 12, 1000, 100_000]  # the last: 400 KB, many libp2p frames
        begin = time.perf_counter()
        for number, elements in enumerate(sizes):
            sent = request(number, elements)
            check_echo(sent, await self.stub.rpc_echo(sent))
        sent = request(9, 64, CompressionType.FLOAT16)
        check_echo(sent, await self.stub.rpc_echo(sent))
        empty = await self.stub.rpc_echo(ExpertRequest())
        check_echo(ExpertRequest(), empty)
        many = [request(number) for number in range(20)]
        for sent, received in zip(many, await asyncio.gather(*map(self.stub.rpc_echo, many))):
            check_echo(sent, received)
        return {"calls": len(sizes) + 2 + len(many), "seconds": round(time.perf_counter() - begin, 3)}

    async def stream(self):
        """First in lock step, as an inference session does; then all requests at once."""
        steps = asyncio.Queue()

        async def next_steps():
            while (step := await steps.get()) is not None:
                yield step

        responses = await self.stub.rpc_stream(next_steps())
        for number in range(5):
            sent = request(number)
            await steps.put(sent)
            check_echo(sent, await anext(responses))
        await steps.put(None)
        extra = [response async for response in responses]
        if extra:
            raise AssertionError(f"{len(extra)} responses after the end of the requests")

        sent = [request(number, 20_000) for number in range(10)]
        received = [response async for response in await self.stub.rpc_stream(as_aiter(*sent))]
        if len(received) != len(sent):
            raise AssertionError(f"{len(received)} responses to {len(sent)} requests")
        for one, other in zip(sent, received):
            check_echo(one, other)
        return {"responses": 5 + len(received)}

    async def fail(self):
        try:
            await self.stub.rpc_fail(request())
        except P2PHandlerError as failure:
            return {"failure": f"{type(failure).__name__}: {failure}"}
        raise AssertionError("rpc_fail answered")

    async def stream_fail(self):
        responses = await self.stub.rpc_stream_fail(as_aiter(request(0), request(1)))
        check_echo(request(0), await anext(responses))
        try:
            await anext(responses)
        except P2PHandlerError as failure:
            return {"failure": f"{type(failure).__name__}: {failure}"}
        raise AssertionError("rpc_stream_fail went on")

    async def missing(self):
        """A handler that nobody offers: the call has to fail, not hang."""
        name = "EchoProtocol.rpc_nobody"
        try:
            await self.stub._p2p.call_protobuf_handler(self.stub._peer, name, request(), ExpertResponse)
        except (P2PHandlerError, P2PDaemonError) as failure:
            return {"failure": f"{type(failure).__name__}: {failure}"}
        raise AssertionError("a handler that does not exist answered")

    async def cancelled(self):
        return json.loads((await self.stub.rpc_was_cancelled(ExpertRequest())).metadata)

    async def counted_once_more(self, name, before):
        while (now := (await self.cancelled())[name]) <= before:
            await asyncio.sleep(0.05)
        return {"cancelled_before": before, "cancelled_after": now}

    async def slow(self):
        before = (await self.cancelled())["slow"]
        call = asyncio.create_task(self.stub.rpc_slow(request()))
        await asyncio.sleep(0.3)
        if call.done():
            raise AssertionError(f"rpc_slow ended: {call.exception() or call.result()}")
        call.cancel()
        return await self.counted_once_more("slow", before)

    async def stream_slow(self):
        before = (await self.cancelled())["stream_slow"]
        responses = await self.stub.rpc_stream_slow(as_aiter(request()))
        check_echo(request(), await anext(responses))
        await responses.aclose()
        return await self.counted_once_more("stream_slow", before)

    METHODS = ("echo", "stream", "fail", "stream_fail", "missing", "slow", "stream_slow")


async def call(options):
    address = Multiaddr(options.multiaddr)
    try:
        p2p = await P2P.create(initial_peers=[str(address)], dht_mode="client", **LOOPBACK)
    except P2PDaemonError as failure:
        say(json.dumps({"connect": {"ok": False, "error": str(failure)}}))
        return 1
    results = {}
    try:
        caller = Caller(p2p, PeerID.from_base58(address["p2p"]))
        for method in options.only.split(",") if options.only else Caller.METHODS:
            try:
                outcome = await asyncio.wait_for(getattr(caller, method)(), options.timeout)
                results[method] = {"ok": True, **outcome}
            except Exception as failure:
                results[method] = {"ok": False, "error": f"{type(failure).__name__}: {failure}"}
    finally:
        await p2p.shutdown()
    say(json.dumps(results))
    return 0 if all(result["ok"] for result in results.values()) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    server = commands.add_parser("serve", help="offer the service")
    server.add_argument("--identity", help="file with the peer's private key; made when missing")
    server.add_argument("--initial-peer", action="append", default=[], help="multiaddress of a peer to connect to")
    server.set_defaults(run=serve)
    client = commands.add_parser("call", help="call every method of a peer")
    client.add_argument("multiaddr", help="the peer's address with its /p2p/ part")
    client.add_argument("--timeout", type=float, default=10, help="seconds for each method")
    client.add_argument("--only", help="some methods, e.g. echo,stream")
    client.set_defaults(run=call)
    options = parser.parse_args()
    tie_children()
    end_on_sigterm()
    sys.exit(asyncio.run(options.run(options)))


if __name__ == "__main__":
    main()
