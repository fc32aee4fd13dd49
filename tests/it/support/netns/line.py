"""Two tunnel interfaces and what lies between them: packets that go into one come out of the other, as told.

usage: line.py INTERFACE INTERFACE MILLISECONDS JITTER LOST DOUBLED
"""

import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
# What a router would hold at most; more is lost.
MOST_PACKETS = 4000


def make(interface):
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", interface.encode(), IFF_TUN | IFF_NO_PI))
    return end


def packets(end):
    while True:
        try:
            yield os.read(end, 65536)
        except OSError:  # nothing more for now, or the interface is down
            return


def main():
    ends = [make(interface) for interface in sys.argv[1:3]]
    delay, jitter, lost, doubled = map(int, sys.argv[3:7])
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    under_way, count = [], 0
    print("ready", flush=True)
    while True:
        patience = max(0, under_way[0][0] - time.monotonic()) if under_way else None
        ready, _, _ = select.select([sys.stdin] + ends, [], [], patience)
        if sys.stdin in ready:
            return
        for end in ready:
            for packet in packets(end):
                for _ in range(2 if random.randrange(100) < doubled else 1):
                    if random.randrange(100) >= lost and len(under_way) < MOST_PACKETS:
                        due = time.monotonic() + (delay + random.uniform(0, jitter)) / 1000
                        count += 1
                        heapq.heappush(under_way, (due, count, other[end], packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, end, packet = heapq.heappop(under_way)
            try:
                os.write(end, packet)
            except OSError:  # the interface is down, and the packet gone
                pass


main()
