"""A network with delay: a TUN device in each namespace, and this program between them, which hands every packet on after a constant time.

    delay.py NAMESPACE...

The namespaces exist already; the n-th gets the device tun0 with the address 10.79.0.n/24. Prints "ready" once all are up. Each line on standard
input is a new delay one way, in milliseconds; before the first it is 0. To each it answers with a JSON line about the time before: the delay,
packets, bytes, and by how much packets were late (median, 99th percentile, worst, in milliseconds). Ends with its input.
Packets wait in one queue, so a packet never waits for another's delay but while a smaller one takes effect. Rates are not its business: tc limits them at the devices.
For kernels without netem.
"""
import collections
import ctypes
import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000
PACKET_BYTES_MAX = 65536
LATENESS_KEPT = 1_000_000
TAKEN_AT_ONCE = 64  # then it is the others' turn
IPV4_DESTINATION_END = 19  # the destination's last byte in an IPv4 header

libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    with open(namespace) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns " + namespace)


def open_tun(namespace):
    """The device's file, made inside the namespace; this process stays outside."""
    outside = "/proc/self/ns/net"
    with open(outside) as here:
        enter("/run/netns/" + namespace)
        try:
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
        finally:
            libc.setns(here.fileno(), CLONE_NEWNET)
    return tun


def configure(namespace, number):
    for words in (
        ["address", "add", f"10.79.0.{number}/24", "dev", "tun0"],
        ["link", "set", "tun0", "up"],
        ["link", "set", "lo", "up"],
    ):
        subprocess.run(["ip", "-n", namespace, *words], check=True)


class Network:
    def __init__(self, tuns):
        self.tuns = tuns  # by the last byte of their addresses
        self.waiting = collections.deque()  # (when due, where to, packet)
        self.begin(0.0)

    def begin(self, delay):
        self.delay = delay  # seconds
        self.lateness = []
        self.packets = self.bytes = 0

    def run(self):
        tuns = list(self.tuns.values())
        while True:
            rest = max(0.0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            for ready in select.select([*tuns, sys.stdin], [], [], rest)[0]:  # select, for it counts microseconds
                if ready is not sys.stdin:
                    self.take(ready)
                elif not self.obey():
                    return
            self.hand_on()

    def obey(self):
        line = sys.stdin.readline()
        if line:
            print(self.summary(), flush=True)
            self.begin(float(line) / 1e3)
        return bool(line)

    def take(self, tun):
        for _ in range(TAKEN_AT_ONCE):
            try:
                packet = os.read(tun, PACKET_BYTES_MAX)
            except BlockingIOError:
                return
            ipv4 = packet[0] >> 4 == 4
            to = self.tuns.get(packet[IPV4_DESTINATION_END]) if ipv4 else None
            if to is not None:
                self.waiting.append((time.monotonic() + self.delay, to, packet))

    def hand_on(self):
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            due, to, packet = self.waiting.popleft()
            os.write(to, packet)
            self.packets += 1
            self.bytes += len(packet)
            if len(self.lateness) < LATENESS_KEPT:
                self.lateness.append(now - due)

    def summary(self):
        late = sorted(self.lateness) or [0.0]
        milliseconds = [round(late[int(share * (len(late) - 1))] * 1e3, 2) for share in (0.5, 0.99, 1)]
        return json.dumps(
            {"delay_ms": self.delay * 1e3, "packets": self.packets, "bytes": self.bytes, "late_ms": milliseconds}
        )


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tuns = {}
    for number, namespace in enumerate(sys.argv[1:], start=1):
        tuns[number] = open_tun(namespace)
        configure(namespace, number)
    print("ready", flush=True)
    Network(tuns).run()


if __name__ == "__main__":
    main()
