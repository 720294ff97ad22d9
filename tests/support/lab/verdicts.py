"""Many packets through one firewall at once: which of them the kernel let pass.

Two chains of our own log every packet before and after the rules under test, so that nothing has to be
delivered and no neighbour has to answer. The last four octets of a packet are its number.
"""

import shutil
import socket
import struct
import subprocess
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final

from ringfence.lab.conntrack import Conntrack
from ringfence.lab.nflog import NflogReader
from ringfence.lab.nft import Nft
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from ringfence.model.packet import Packet, Protocol
from ringfence.model.topology import mac_octets

_GROUP = 6
_WITNESS = f"""
table inet witness {{
  chain before {{ type filter hook forward priority -150; log group {_GROUP} prefix "before"; }}
  chain after {{ type filter hook forward priority 150; log group {_GROUP} prefix "after"; }}
}}
"""
_MAC, _STRANGER = "02:00:00:00:00:01", "02:00:00:00:00:99"
_ETHERTYPE = {4: 0x0800, 6: 0x86DD}
_SITE: Final = LabTopology(
    (
        LabNode(
            "firewall",
            forwarding=True,
            routes=(LabRoute(IPv4Network("0.0.0.0/0"), IPv4Address("172.31.255.2")),),
            # Our packets come from everywhere, and redirects about that are not of interest.
            sysctls={"net.ipv4.conf.all.send_redirects": "0", "net.ipv4.conf.default.send_redirects": "0"},
        ),
        LabNode("outside"),
    ),
    (
        LabLink(
            End("firewall", "wire", (IPv4Interface("172.31.255.1/30"),), _MAC),
            End("outside", "eth0", mac=_STRANGER),
        ),
    ),
)
_IPV6 = (
    "ip -6 address add fd99::1/64 dev wire nodad",
    "ip -6 neighbour add fd99::2 lladdr 02:00:00:00:00:99 dev wire",
    "ip -6 route add default via fd99::2 dev wire",
)


class Firewall:
    """A forwarding namespace; every packet comes in by its one wire and would leave by it."""

    def __init__(self, lab: Lab) -> None:
        self._namespace = lab["firewall"]
        self._namespace.sysctl(
            {"net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.wire.disable_ipv6": "0"}
        )
        self._namespace.sysctl({"net.ipv6.conf.all.forwarding": "1"})
        for command in _IPV6:
            self._run(command)
        self._nft = Nft(self._namespace)
        lab.on_close(self._nft.close)
        self._nft.apply(_WITNESS)
        self._loaded = ""
        self._log = NflogReader(self._namespace, _GROUP)
        lab.on_close(self._log.close)
        self._conntrack = Conntrack(self._namespace)
        lab.on_close(self._conntrack.close)
        self._raw = lab["outside"].socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        lab.on_close(self._raw.close)
        self._raw.bind(("eth0", 0))

    def load_nftables(self, text: str) -> None:
        """These rules and no others."""
        self._nft.apply(text + _WITNESS)
        self._loaded = "nft"
        self._conntrack.flush()

    def load_iptables(self, text: str, tool: str, chain: str) -> None:
        """Replace `chain` as the writer's commands do; `tool` is iptables or ip6tables."""
        if self._loaded != tool:
            self._nft.apply(_WITNESS)
            self._loaded = tool
        self._run(f"{tool}-restore --noflush", text)
        self._run(f"sh -c '{tool} -C FORWARD -j {chain} 2>/dev/null || {tool} -I FORWARD 1 -j {chain}'")
        self._conntrack.flush()

    def passed(self, packets: Sequence[Packet]) -> list[bool]:
        """Send them in order; for each whether it got past the rules."""
        self._log.drain()
        for number, packet in enumerate(packets):
            self._raw.send(frame(packet, number))
        came: set[int] = set()
        went: set[int] = set()
        for logged in self._log.drain():
            (number,) = struct.unpack("!I", logged.packet[-4:])
            (came if logged.prefix == "before" else went).add(number)
        lost = [str(packets[number]) for number in range(len(packets)) if number not in came]
        assert not lost, f"never reached the rules: {lost}"
        return [number in went for number in range(len(packets))]

    def _run(self, command: str, text: str = "") -> None:
        words = ["sh", "-c", command]
        done = self._namespace.run(
            lambda: subprocess.run(
                words,
                input=text,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
                env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
            )
        )
        assert done.returncode == 0, f"{command}: {done.stderr}\n{text}"


def site() -> Lab:
    return Lab(_SITE)


def has_iptables() -> bool:
    return shutil.which("iptables-restore", path="/usr/sbin:/sbin:/usr/bin:/bin") is not None


def frame(packet: Packet, number: int) -> bytes:
    """The packet on the wire, either family, checksums right: connection tracking looks at them."""
    body = _transport(packet, struct.pack("!I", number))
    source, destination, protocol = packet.source.packed, packet.destination.packed, int(packet.protocol)
    if packet.source.version == 4:
        header = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0, source, destination
        )
        header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
    else:
        header = struct.pack("!IHBB16s16s", 6 << 28, len(body), protocol, 64, source, destination)
    ethertype = struct.pack("!H", _ETHERTYPE[packet.source.version])
    return mac_octets(_MAC) + mac_octets(_STRANGER) + ethertype + header + body


def _transport(packet: Packet, tag: bytes) -> bytes:
    pseudo = packet.source.packed + packet.destination.packed
    if packet.protocol is Protocol.UDP:
        length = 8 + len(tag)
        body = struct.pack("!HHHH", packet.source_port, packet.destination_port, length, 0) + tag
        at = 6
    elif packet.protocol is Protocol.TCP:
        ports = struct.pack("!HH", packet.source_port, packet.destination_port)
        body = ports + struct.pack("!IIBBHHH", 1, 0, 5 << 4, int(packet.flags), 8192, 0, 0) + tag
        at = 16
    else:
        body = struct.pack("!BBH", packet.source_port, packet.destination_port, 0) + packet.payload + tag
        at = 2
        if packet.protocol is Protocol.ICMP:
            pseudo = b""  # RFC 792: alone of the four it covers no addresses
    if pseudo:
        pseudo += struct.pack("!II", len(body), int(packet.protocol))
    return body[:at] + struct.pack("!H", _checksum(pseudo + body) or 0xFFFF) + body[at + 2 :]


def _checksum(octets: bytes) -> int:
    octets += bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
