"""A kernel that forwards, translates and filters: packets in at one side, what leaves it at the other."""

import socket
import time
from collections.abc import Sequence
from ipaddress import IPv4Interface, IPv4Network

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables import write as nftables
from ringfence.lab.conntrack import Conntrack
from ringfence.lab.nat_text import nat_text
from ringfence.lab.nft import Nft
from ringfence.lab.ruleset import load
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from ringfence.model.errors import DecodeError
from ringfence.model.nat import NatRule
from ringfence.model.packet import Packet, Protocol
from ringfence.model.policy import Policy
from ringfence.model.topology import mac_octets
from ringfence.wire.frame import frame_of, packet_of

PHONES, CORE, OUTSIDE = (IPv4Network(each) for each in ("10.20.0.0/24", "10.30.0.0/24", "10.99.0.0/24"))
_HOSTS = {"phones": IPv4Network("10.20.0.48/30"), "core": IPv4Network("10.30.0.8/30")}
_MACS = {"phones": "02:00:00:00:00:01", "core": "02:00:00:00:00:02"}
_PEER = "02:00:00:00:00:99"
# Seconds. A packet has crossed when the call that sent it returns, once ARP is through; the rest is caution.
_LEAVES_WITHIN = 0.03
_ARP_WITHIN = 2.0
_SILENT = "table inet silent {\nchain input {\ntype filter hook input priority 0; policy drop;\n}\n}\n"


def _line(node: str, network: IPv4Network) -> LabLink:
    own = IPv4Interface((network[1], network.prefixlen))
    return LabLink(End("firewall", node, (own,), _MACS[node]), End(node, "eth0", mac=_PEER))


LAB = LabTopology(
    (
        LabNode("firewall", forwarding=True),
        # The hosts of a side are one namespace, which answers ARP for them and says nothing else.
        *(LabNode(side, routes=(LabRoute(hosts, local=True),)) for side, hosts in _HOSTS.items()),
    ),
    (_line("phones", PHONES), _line("core", CORE)),
)


class TranslatingKernel:
    """The firewall of `lab`, which was built of LAB."""

    def __init__(self, lab: Lab) -> None:
        firewall = lab["firewall"]
        self._nft = Nft(firewall)
        self._conntrack = Conntrack(firewall)
        firewall.sysctl({"net.netfilter.nf_conntrack_tcp_be_liberal": "1"})
        lab.on_close(self._nft.close)
        lab.on_close(self._conntrack.close)
        self._raw = {}
        for name in ("phones", "core"):
            quiet = Nft(lab[name])
            quiet.apply(_SILENT)
            quiet.close()
            raw = lab[name].socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
            raw.bind(("eth0", 0x0800))
            raw.settimeout(_LEAVES_WITHIN)
            lab.on_close(raw.close)
            self._raw[name] = raw
        self._resolve()

    def _resolve(self) -> None:
        """Let the firewall ask for every host once, so that no packet of a test waits for ARP."""
        self._nft.apply("")
        for side, hosts, port in (("phones", _HOSTS["core"], 9), ("core", _HOSTS["phones"], 9)):
            source = _HOSTS[side][0]
            for host in hosts:
                give_up = time.monotonic() + _ARP_WITHIN
                probe = Packet(Protocol.UDP, source, port, host, port)
                while self.forwards(probe) is None:
                    assert time.monotonic() < give_up, f"{host} does not answer ARP"
        self._conntrack.flush()

    def load(self, policy: Policy, rules: Sequence[NatRule], beside: str = "") -> None:
        """Enforce this, and forget every connection."""
        text = nftables.write(policy, Device(log_group=5, exclusive=True)).text
        load(self._nft, text, nat_text(rules, ()) + beside)
        self._conntrack.flush()

    def age(self, seconds: float) -> None:
        self._conntrack.age(seconds)

    def forwards(self, packet: Packet) -> Packet | None:
        """What leaves at the other side; None: nothing does."""
        here, there = ("phones", "core") if packet.source in PHONES else ("core", "phones")
        raw = self._raw[there]
        self._drain(raw)
        self._raw[here].send(
            frame_of(packet, source_mac=mac_octets(_PEER), destination_mac=mac_octets(_MACS[here]))
        )
        give_up = time.monotonic() + _LEAVES_WITHIN
        while time.monotonic() < give_up:
            try:
                seen = packet_of(raw.recv(2048))
            except TimeoutError:
                return None
            except DecodeError:
                continue
            if seen is not None and seen.protocol in {Protocol.UDP, Protocol.TCP, Protocol.ICMP}:
                return seen
        return None

    def _drain(self, raw: socket.socket) -> None:
        raw.setblocking(False)
        try:
            while raw.recv(2048):
                pass
        except BlockingIOError:
            raw.settimeout(_LEAVES_WITHIN)
