"""A box that forwards for several parties, and what a person types at its shell."""

import select
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST
from ringfence.wire.icmp import Echo, encode_echo

ENDS = {"phone": "10.20.0.50/22", "server": "10.1.0.30/24", "camera": "10.40.0.9/24", "store": "10.50.0.9/24"}
_ANSWERED_WITHIN = 0.8  # seconds; an answer takes less than one thousandth of it


def _router(address: str) -> IPv4Interface:
    network = IPv4Interface(address).network
    return IPv4Interface(f"{network.network_address + 1}/{network.prefixlen}")


def _site() -> LabTopology:
    nodes = [LabNode("box", forwarding=True)]
    links = []
    for name, address in ENDS.items():
        gateway = _router(address)
        nodes.append(LabNode(name, routes=(LabRoute(IPv4Network("0.0.0.0/0"), IPv4Address(gateway.ip)),)))
        links.append(LabLink(End("box", name, (gateway,)), End(name, "eth0", (IPv4Interface(address),))))
    return LabTopology(tuple(nodes), tuple(links))


class SharedBox:
    """`folder` is where the shell's files are."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._folder = folder

    def reaches(self, source: str, destination: str) -> bool:
        """Whether an echo request is answered; each is a new flow to the box."""
        address = ENDS[destination].partition("/")[0]
        with self._lab[source].socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sender:
            # The kernel fills in an identifier of the socket's own, and the checksum.
            sender.sendto(bytes((ECHO_REQUEST, 0, 0, 0)) + encode_echo(Echo(0, 1)), (address, 0))
            answered = select.select([sender], [], [], _ANSWERED_WITHIN)[0]
            return bool(answered) and sender.recv(2048)[0] == ECHO_REPLY

    def run(self, *commands: str, asking: tuple[tuple[str, str], ...] = ()) -> str:
        """What the commands print; each of `asking` has to reach the other all the while."""
        child = self._lab["box"].popen(
            ["sh", "-ec", f"cd {self._folder}\n" + "\n".join(commands)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        while child.poll() is None:
            for source, destination in asking:
                assert self.reaches(source, destination), (source, destination)
        assert child.stdout is not None
        printed = child.stdout.read().decode()
        assert child.returncode == 0, printed
        return printed


@contextmanager
def shared_box(folder: Path) -> Iterator[SharedBox]:
    with Lab(_site()) as lab:
        yield SharedBox(lab, folder)
