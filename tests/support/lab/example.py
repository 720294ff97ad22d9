"""Run by test_topology as a process of its own: build the site, start a child, say so, and wait to be
killed.
"""

import os
import select
import signal
import socket
import time

from ringfence.lab.privilege import acquire
from ringfence.lab.topology import Lab
from support.lab.sites import GATEKEEPER, branch_office


def main() -> None:
    acquire()
    with Lab(branch_office()) as lab:
        with lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
            began = time.perf_counter()
            sock.sendto(b"\x08\0\0\0\0\0\0\x01", (str(GATEKEEPER.ip), 0))
            select.select([sock], [], [], 2)
            milliseconds = (time.perf_counter() - began) * 1e3
        child = lab["phone"].popen(["sleep", "600"])
        namespace = lab["phone"].run(lambda: os.readlink("/proc/thread-self/ns/net"))  # noqa: PTH115
        print(milliseconds, child.pid, namespace, flush=True)
        signal.pause()


main()
