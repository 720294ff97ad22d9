"""A kernel that forwards, translates and filters: packets in at one side, what leaves it at the other."""

import socket
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
_WITHIN = 2.0  # seconds in which a packet crosses, if this process runs at all
_MARKER = 7  # the port of a packet that always passes: what left before it has left
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
            raw.settimeout(_WITHIN)
            lab.on_close(raw.close)
            self._raw[name] = raw
        self._resolve()

    def _resolve(self) -> None:
        """Let the firewall ask for every host once, so that no packet of a test waits for ARP."""
        self._nft.apply("")
        for here, there in (("phones", "core"), ("core", "phones")):
            for host in _HOSTS[there]:
                probe = Packet(Protocol.UDP, _HOSTS[here][0], _MARKER, host, _MARKER)
                frame = frame_of(probe, source_mac=mac_octets(_PEER), destination_mac=mac_octets(_MACS[here]))
                self._raw[here].send(frame)
                while packet_of(self._raw[there].recv(2048)) is None:
                    pass
        self._conntrack.flush()

    def load(self, policy: Policy, rules: Sequence[NatRule], beside: str = "") -> None:
        """Enforce this, and forget every connection."""
        text = nftables.write(policy, Device(log_group=5, exclusive=True)).text
        load(self._nft, text, nat_text(rules, ()) + beside)
        self._conntrack.flush()

    def age(self, seconds: float) -> None:
        self._conntrack.age(seconds)

    def forwards(self, packet: Packet) -> Packet | None:
        """What leaves at the other side; None: nothing does. The policy permits UDP."""
        here, there = ("phones", "core") if packet.source in PHONES else ("core", "phones")
        raw = self._raw[there]
        self._drain(raw)
        marker = Packet(Protocol.UDP, _HOSTS[here][0], _MARKER, _HOSTS[there][0], _MARKER)
        for each in (packet, marker):
            frame = frame_of(each, source_mac=mac_octets(_PEER), destination_mac=mac_octets(_MACS[here]))
            self._raw[here].send(frame)
        left = None
        while True:
            try:
                seen = packet_of(raw.recv(2048))
            except DecodeError:
                continue
            if seen is not None and seen.destination_port == _MARKER:
                return left
            left = left or seen

    def _drain(self, raw: socket.socket) -> None:
        raw.setblocking(False)
        try:
            while raw.recv(2048):
                pass
        except BlockingIOError:
            raw.settimeout(_WITHIN)
