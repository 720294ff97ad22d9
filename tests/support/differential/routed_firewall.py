"""A kernel that routes between handsets and servers: rules go in, packets through, and what left is known.

Nothing answers but what is sent. Each packet is followed by a frame of a protocol that no rule sees: once
that has arrived, the packet before it has been judged.
"""

import json
import os
import socket
import struct
import subprocess
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final, Literal, TypeAlias

from ringfence.lab.conntrack import Conntrack
from ringfence.lab.nft import Nft, NftError
from ringfence.lab.nft_text import with_flags, without_flags
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from ringfence.model.topology import mac_octets
from ringfence.wire.ethernet import ETHERTYPE_IPV4

Side: TypeAlias = Literal["handsets", "servers"]

HANDSETS, SERVERS = "eth1", "eth0"  # the firewall's interfaces towards the two zones
_NETWORKS: Final[dict[Side, tuple[str, ...]]] = {
    "handsets": ("10.10.0.0/24", "10.20.0.0/24", "10.255.0.0/29"),
    "servers": ("10.1.0.0/24",),
}
_GATEWAYS: Final[dict[Side, str]] = {"handsets": "172.31.1.2", "servers": "172.31.0.2"}
_MACS: Final[dict[Side, str]] = {"handsets": "02:00:00:00:01:01", "servers": "02:00:00:00:00:01"}
_STRANGER: Final = "02:00:00:00:00:99"
_INTERFACES: Final[dict[Side, str]] = {"handsets": HANDSETS, "servers": SERVERS}
_MARK: Final = 0x88B5  # IEEE 802, local experimental
_OUTGOING: Final = 4  # PACKET_OUTGOING of packet(7)


def _topology() -> LabTopology:
    routes = tuple(
        LabRoute(IPv4Network(net), IPv4Address(_GATEWAYS[side]))
        for side, nets in _NETWORKS.items()
        for net in nets
    )
    quiet = {"net.ipv4.conf.all.send_redirects": "0", "net.ipv4.conf.default.send_redirects": "0"}
    nodes = (
        LabNode("firewall", forwarding=True, routes=routes, sysctls=quiet),
        LabNode("handsets"),
        LabNode("servers"),
    )
    links = tuple(
        LabLink(
            End("firewall", _INTERFACES[side], (IPv4Interface(f"{_GATEWAYS[side][:-1]}1/30"),), _MACS[side]),
            End(side, "end", mac=_STRANGER),
        )
        for side in _NETWORKS
    )
    return LabTopology(nodes, links)


class RoutedFirewall:
    """The lab, open for the time of a `with`."""

    def __init__(self) -> None:
        self._lab = Lab(_topology())

    def __enter__(self) -> "RoutedFirewall":
        self._lab.__enter__()
        self._affinity = os.sched_getaffinity(0)
        # A packet and the frame behind it must be taken up by one processor, or they may change places.
        os.sched_setaffinity(0, {min(self._affinity)})
        namespace = self._namespace = self._lab["firewall"]
        for side, gateway in _GATEWAYS.items():
            self.run(f"ip neighbour add {gateway} lladdr {_STRANGER} dev {_INTERFACES[side]}")
        self._nft = Nft(namespace)
        self._lab.on_close(self._nft.close)
        self._conntrack = Conntrack(namespace)
        self._lab.on_close(self._conntrack.close)
        self._tap = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._lab.on_close(self._tap.close)
        self._tap.setblocking(True)
        self._tap.settimeout(5)
        self._ends: dict[Side, socket.socket] = {}
        for side in _NETWORKS:
            end = self._lab[side].socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            end.bind(("end", 0))
            self._lab.on_close(end.close)
            self._ends[side] = end
        self._number = 0
        return self

    def __exit__(self, *ending: object) -> None:
        os.sched_setaffinity(0, self._affinity)
        self._lab.__exit__(None, None, None)

    def load_nftables(self, text: str) -> str | None:
        """These rules and no others: what nft -j lists then; None where this kernel refuses them."""
        plain, flags = without_flags(text)
        try:
            self._namespace.run(lambda: self._nft.apply(plain))
            # nft asks the thread's own namespace for the names of interfaces.
            objects = with_flags(self._namespace.run(self._nft.ruleset_json), flags)
            if flags:
                self._namespace.run(lambda: self._nft.apply(text))
        except NftError:
            return None
        return json.dumps({"nftables": objects})

    def load_iptables(self, text: str) -> str | None:
        """These tables and no others: what iptables-save prints then; None where they are refused."""
        self._nft.apply("")
        done = self._program("iptables-nft-restore", text)
        return self._program("iptables-nft-save").stdout if done.returncode == 0 else None

    def forget(self) -> None:
        """Let the kernel forget every flow."""
        self._conntrack.flush()

    def passes(self, side: Side, packet: bytes) -> bool:
        """Send an IPv4 packet into the firewall from this side: whether it leaves on the other."""
        self._number = self._number % 0xFFFF + 1
        marked = packet[:4] + self._number.to_bytes(2, "big") + packet[6:]
        marked = marked[:10] + _header_checksum(marked[:20]) + marked[12:]
        ends = mac_octets(_MACS[side]) + mac_octets(_STRANGER)
        self._ends[side].send(ends + struct.pack("!H", ETHERTYPE_IPV4) + marked)
        self._ends[side].send(ends + struct.pack("!HH", _MARK, self._number) + bytes(44))
        left = False
        while True:
            octets, (interface, protocol, kind, _, _) = self._tap.recvfrom(2048)
            if protocol == _MARK and octets[14:16] == marked[4:6] and kind != _OUTGOING:
                return left
            if protocol == ETHERTYPE_IPV4 and kind == _OUTGOING and interface != _INTERFACES[side]:
                left = left or octets[18:20] == marked[4:6]

    def run(self, command: str) -> None:
        """A command in the firewall's namespace, which must succeed."""
        done = self._program("sh", "", "-c", command)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def _program(self, name: str, text: str = "", *more: str) -> "subprocess.CompletedProcess[str]":
        return self._namespace.run(
            lambda: subprocess.run(
                [name, *more],
                input=text,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
                env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
            )
        )


def _header_checksum(header: bytes) -> bytes:
    total: int = sum(struct.unpack("!10H", header[:10] + b"\0\0" + header[12:]))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return (total ^ 0xFFFF).to_bytes(2, "big")
